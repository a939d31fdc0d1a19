/** The commands. */
@NullMarked
package org.djlsparse.cli.command;

import org.jspecify.annotations.NullMarked;
