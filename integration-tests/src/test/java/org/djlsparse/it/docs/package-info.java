/**
 * Tests of the documentation against the code: code on its pages compiles and runs, and its links,
 * messages and figures are correct.
 */
@NullMarked
package org.djlsparse.it.docs;

import org.jspecify.annotations.NullMarked;
