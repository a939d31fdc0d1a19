package org.djlsparse.cli.study;

import org.djlsparse.cli.options.Names;
import org.djlsparse.training.GradientRule;
import org.djlsparse.training.MaskSchedule;
import org.djlsparse.training.SparseRecipe;

/** The change of a study's recipe in one of its variants. */
public enum Change {
    /** The recipe as it is. */
    NONE,
    /** Masks from the start. */
    NO_WARM_UP,
    /** Refreshes to the end. */
    NO_FREEZE,
    /** Refreshes every 40 steps, as in the paper. */
    EVERY_40,
    /** The masks of the first refresh, never changed. */
    STATIC,
    /** The masked rule. */
    MASKED_RULE,
    /** The straight-through rule. */
    STRAIGHT_THROUGH,
    /** With distillation from the dense model. */
    DISTILLED,
    /** With sampled weight gradients. */
    SAMPLED_GRADIENT;

    /** Returns the changed recipe. */
    SparseRecipe apply(SparseRecipe recipe) {
        SparseRecipe.Builder builder = recipe.toBuilder();
        switch (this) {
            case NONE, DISTILLED, SAMPLED_GRADIENT -> {
                return recipe;
            }
            case NO_WARM_UP -> builder.optWarmUp(0);
            case NO_FREEZE -> builder.optFreeze(0);
            case EVERY_40 -> builder.optRefreshes(MaskSchedule.every(40));
            case STATIC -> builder.optRefreshes(MaskSchedule.once());
            case MASKED_RULE -> builder.optRule(GradientRule.masked());
            case STRAIGHT_THROUGH -> builder.optRule(GradientRule.straightThrough());
        }
        return builder.build();
    }

    @Override
    public String toString() {
        return Names.of(this);
    }
}
