/** The command line program that shows what the library does. */
@NullMarked
package org.djlsparse.examples;

import org.jspecify.annotations.NullMarked;
