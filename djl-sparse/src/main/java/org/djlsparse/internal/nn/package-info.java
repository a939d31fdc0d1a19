/**
 * Masks inside a DJL model: the root wrapper {@link org.djlsparse.internal.nn.SparseBlock}, which
 * hands masked weights to the blocks inside it, the choice of the layers that get a mask, refreshes
 * in the background, and the stand-ins whose products run in kernels.
 *
 * <p>For users are {@code LayerSelector}, {@code BackgroundRefresh}, {@code GradientFlow}, {@code
 * GradientTerm} with {@code MaskedGradient}, {@code MaskAction}, {@code LayerSparsity}, which
 * reports hold, and, to wrap by hand, {@code SparseBlock} with {@code MaskConfig}. All else is
 * public only because other packages of the library need it.
 */
@NullMarked
package org.djlsparse.internal.nn;

import org.jspecify.annotations.NullMarked;
