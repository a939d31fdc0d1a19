package org.djlsparse.training;

import org.djlsparse.internal.nn.SparseBlock;

/** What a {@link SparseBlock} does with its masks from its next training forward pass on. */
public enum MaskAction {
    /**
     * Uses the weights as they are, without masks. If there were masks until now, their zeros are
     * written into the weights first.
     */
    DENSE,
    /**
     * As {@link #DENSE}; makes masks, too, where a {@link GradientTerm} wants to know how dense
     * training changes them. They are not used.
     */
    WATCH,
    /** Uses the masks at hand; makes them if there are none yet. */
    KEEP,
    /** Makes new masks from the weights as they are now, once, then keeps them. */
    REFRESH
}
