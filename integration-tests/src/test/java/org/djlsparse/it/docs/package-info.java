/** Holds the documentation against the code: what it shows compiles, runs, and is there. */
@NullMarked
package org.djlsparse.it.docs;

import org.jspecify.annotations.NullMarked;
