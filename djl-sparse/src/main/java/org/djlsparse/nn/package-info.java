/**
 * Masks inside a DJL model: the root wrapper {@link org.djlsparse.nn.SparseBlock}, which hands
 * masked weights to the blocks inside it, the choice of the layers that get a mask, refreshes in
 * the background, the stand-ins whose products run in kernels, and taps on what goes into a layer.
 *
 * <p>For users are {@code LayerSelector}, {@code BackgroundRefresh}, {@code GradientFlow}, {@code
 * GradientTerm} with {@code MaskedGradient}, {@code MaskAction}, and {@code LayerSparsity}, which
 * reports hold. All else is public only because other packages of the library need it.
 */
@NullMarked
package org.djlsparse.nn;

import org.jspecify.annotations.NullMarked;
