package org.djlsparse.cli.options;

import org.djlsparse.training.GradientRule;

import java.util.Locale;

/** How gradients pass the masks of the sparse run. */
public enum RuleName {
    /** Pruned weights rest until a refresh brings them back. */
    MASKED,
    /** Pruned weights learn on as if they were in use. */
    STRAIGHT_THROUGH,
    /** Straight-through, with SR-STE's decay of the pruned weights. */
    SR_STE,
    /** Straight-through, with 2by4's masked decay. */
    MASKED_DECAY;

    /**
     * Returns whether the rule has a factor of decay.
     *
     * @return true if so
     */
    public boolean hasLambda() {
        return this == SR_STE || this == MASKED_DECAY;
    }

    /**
     * Returns the rule.
     *
     * @param lambda the factor of decay, above 0, where the rule has one
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
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
