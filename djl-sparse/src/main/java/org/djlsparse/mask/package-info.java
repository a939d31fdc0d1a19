/**
 * N:M masks and the solvers that find them: weight and tile geometry, the mask itself, and a class
 * per algorithm behind {@link org.djlsparse.mask.MaskSolver}.
 *
 * <p>Nothing here knows DJL; weights come as {@code float[]} with their shape.
 */
@NullMarked
package org.djlsparse.mask;

import org.jspecify.annotations.NullMarked;
