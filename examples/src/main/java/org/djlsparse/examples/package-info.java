/** Short programs to copy, each complete in one file. */
@NullMarked
package org.djlsparse.examples;

import org.jspecify.annotations.NullMarked;
