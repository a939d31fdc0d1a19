package org.djlsparse.cli.options;

import org.djlsparse.training.GradientRule;

/** The gradient rules. */
public enum RuleName {
    /** Pruned weights stay as they are until a refresh keeps them again. */
    MASKED,
    /** Pruned weights learn as if they were kept. */
    STRAIGHT_THROUGH,
    /** Straight-through, with SR-STE's decay of the pruned weights. */
    SR_STE,
    /** Straight-through, with 2by4's masked decay. */
    MASKED_DECAY;

    /**
     * Returns whether the rule has a factor of decay.
     *
     * @return {@code true} for SR-STE and masked decay
     */
    public boolean hasLambda() {
        return this == SR_STE || this == MASKED_DECAY;
    }

    /**
     * Returns the rule.
     *
     * @param lambda the factor of decay, above 0; ignored by rules without one
     * @return the rule
     */
    public GradientRule rule(float lambda) {
        return switch (this) {
            case MASKED -> GradientRule.masked();
            case STRAIGHT_THROUGH -> GradientRule.straightThrough();
            case SR_STE -> GradientRule.srSte(lambda);
            case MASKED_DECAY -> GradientRule.maskedDecay(lambda);
        };
    }

    @Override
    public String toString() {
        return Names.of(this);
    }
}
