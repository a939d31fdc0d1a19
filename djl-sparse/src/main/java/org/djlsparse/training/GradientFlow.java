package org.djlsparse.training;

/** The way in which the gradient of a masked weight reaches the dense weight behind it. */
public enum GradientFlow {
    /**
     * Straight-through: the dense weight gets the whole gradient of the masked weight, including
     * the pruned entries, so that these can grow back (Bengio et al. 2013; Hubara et al. 2021,
     * section 4).
     */
    STRAIGHT_THROUGH,
    /** Masked: the gradient of {@code w * mask}, zero for pruned entries. */
    MASKED
}
