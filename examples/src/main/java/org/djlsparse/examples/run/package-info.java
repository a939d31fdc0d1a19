/** Training runs: dense, sparse, and the two side by side. */
@NullMarked
package org.djlsparse.examples.run;

import org.jspecify.annotations.NullMarked;
