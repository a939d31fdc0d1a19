/**
 * N:M masks and the solvers that find them: the geometry of weights and tiles, masks, and a class
 * for each algorithm behind {@link org.djlsparse.mask.MaskSolver}.
 *
 * <p>The package does not depend on DJL. Weights are {@code float[]} with their shape.
 */
@NullMarked
package org.djlsparse.mask;

import org.jspecify.annotations.NullMarked;
