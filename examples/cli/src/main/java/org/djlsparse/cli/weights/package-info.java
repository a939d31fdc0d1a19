/** Files of weights: compression, inspection, and the reports of the commands for programs. */
@NullMarked
package org.djlsparse.cli.weights;

import org.jspecify.annotations.NullMarked;
