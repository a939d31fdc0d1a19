/** Training runs: dense, sparse, and comparisons of both. */
@NullMarked
package org.djlsparse.cli.run;

import org.jspecify.annotations.NullMarked;
