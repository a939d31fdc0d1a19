/**
 * Masks inside a DJL model: the root wrapper {@link org.djlsparse.nn.SparseBlock}, which hands
 * masked weights to the blocks inside it, and the choice of the layers that get a mask.
 */
@NullMarked
package org.djlsparse.nn;

import org.jspecify.annotations.NullMarked;
