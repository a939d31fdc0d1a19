/**
 * Masks inside a DJL model. {@link org.djlsparse.internal.nn.SparseBlock} wraps the root block and
 * gives the blocks inside it masked weights. {@link org.djlsparse.internal.nn.MaskableLayers}
 * decides which parameters get a mask, and {@link org.djlsparse.internal.nn.KernelReplacement}
 * replaces linear blocks and convolutions by blocks whose products run in kernels.
 *
 * <p>This package is public only for other packages of the library and may change in any release.
 * Users get it through {@code Sparsifier} and {@code AdaPrune}.
 */
@NullMarked
package org.djlsparse.internal.nn;

import org.jspecify.annotations.NullMarked;
