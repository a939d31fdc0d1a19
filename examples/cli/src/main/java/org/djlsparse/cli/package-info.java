/** The command line of the library. */
@NullMarked
package org.djlsparse.cli;

import org.jspecify.annotations.NullMarked;
