/** The solvers side by side, and the published algorithms that they are compared with. */
@NullMarked
package org.djlsparse.cli.bench;

import org.jspecify.annotations.NullMarked;
