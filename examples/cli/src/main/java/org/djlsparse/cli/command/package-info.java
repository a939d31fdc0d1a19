/** The commands and what they say on the terminal. */
@NullMarked
package org.djlsparse.cli.command;

import org.jspecify.annotations.NullMarked;
