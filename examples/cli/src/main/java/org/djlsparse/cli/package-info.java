/** The command line program that shows what the library does. */
@NullMarked
package org.djlsparse.cli;

import org.jspecify.annotations.NullMarked;
