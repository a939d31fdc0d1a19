/** Choices by name: the kind of the masks, the solver, the rule, the kernel. */
@NullMarked
package org.djlsparse.cli.options;

import org.jspecify.annotations.NullMarked;
