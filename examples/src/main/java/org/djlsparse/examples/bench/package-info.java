/** The solvers side by side, and the published algorithms that they are compared with. */
@NullMarked
package org.djlsparse.examples.bench;

import org.jspecify.annotations.NullMarked;
