/** Files of weights: masking, checking, compressing and inspecting, a band of rows at a time. */
@NullMarked
package org.djlsparse.cli.weights;

import org.jspecify.annotations.NullMarked;
