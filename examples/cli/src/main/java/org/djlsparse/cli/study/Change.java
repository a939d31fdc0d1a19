package org.djlsparse.cli.study;

import org.djlsparse.cli.options.Names;
import org.djlsparse.cli.run.Distill;
import org.djlsparse.cli.run.SparseTraining;
import org.djlsparse.training.GradientRule;
import org.djlsparse.training.MaskSchedule;
import org.djlsparse.training.SparseRecipe;
import org.jspecify.annotations.Nullable;

import java.util.Objects;

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

    private static final Distill USUAL = new Distill(0.5f, 2);

    /** Returns the changed settings of a training. */
    SparseTraining apply(SparseTraining training) {
        return this == SAMPLED_GRADIENT
                ? training.withSampledGradient()
                : training.with(apply(training.recipe()));
    }

    /** Returns the distillation of a training, of which the study has the given one or null. */
    @Nullable Distill apply(@Nullable Distill distill) {
        return this == DISTILLED && distill == null ? USUAL : distill;
    }

    /**
     * Returns whether the change makes a difference. A recipe without a warm-up, for example, has
     * none to take away.
     *
     * @param training the study's training
     * @param distill the study's distillation; null without
     * @return {@code false} if the changed training is the study's own
     */
    public boolean changes(SparseTraining training, @Nullable Distill distill) {
        SparseTraining changed = apply(training);
        return changed.sampledGradient() != training.sampledGradient()
                || !changed.recipe().toString().equals(training.recipe().toString())
                || !Objects.equals(apply(distill), distill);
    }

    private SparseRecipe apply(SparseRecipe recipe) {
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
