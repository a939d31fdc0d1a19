package org.djlsparse.examples.run;

import org.djlsparse.training.GradientRule;

import java.util.Locale;

/** How gradients pass the masks of the sparse run. */
public enum RuleName {
    /** Pruned weights rest until a refresh brings them back. */
    MASKED,
    /** Pruned weights learn on as if they were in use. */
    STRAIGHT_THROUGH;

    /**
     * Returns the library's rule of this name.
     *
     * @return the rule
     */
    public GradientRule rule() {
        return this == MASKED ? GradientRule.masked() : GradientRule.straightThrough();
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
