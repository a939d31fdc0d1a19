/** The commands and what they say on the terminal. */
@NullMarked
package org.djlsparse.examples.cli;

import org.jspecify.annotations.NullMarked;
