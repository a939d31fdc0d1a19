/**
 * Parts of the mask search and of the choice of layers that several packages share: the masks of a
 * single tile ({@link org.djlsparse.internal.mask.TileMasks}), and the reasons why a weight stays
 * dense ({@link org.djlsparse.internal.mask.DenseReason}).
 *
 * <p>This package is public only for other packages of the library and may change in any release.
 */
@NullMarked
package org.djlsparse.internal.mask;

import org.jspecify.annotations.NullMarked;
