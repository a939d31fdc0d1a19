package org.djlsparse.training;

/** What a wrapped block does with its masks, from its next training forward pass on. */
public enum MaskAction {
    /**
     * Uses the dense weights, without masks. If the block had masks until now, the pruned weights
     * are set to zero first.
     */
    DENSE,
    /**
     * Runs dense as with {@link #DENSE}, and computes masks for layers whose {@link GradientTerm}
     * measures the flip rate of dense training. These masks are not used.
     */
    WATCH,
    /** Uses the current masks; computes them if there are none yet. */
    KEEP,
    /** Computes new masks from the current weights, once, and then keeps them. */
    REFRESH
}
