/** Training runs: dense, sparse, and the two side by side. */
@NullMarked
package org.djlsparse.cli.run;

import org.jspecify.annotations.NullMarked;
