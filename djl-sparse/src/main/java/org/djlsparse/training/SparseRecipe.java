package org.djlsparse.training;

import java.util.List;
import java.util.Locale;
import java.util.Objects;

/**
 * A recipe of sparse training: the refreshes of the masks, the parts of the training without
 * refreshes or without masks, and the gradient rule. Parts are shares of the training, so that one
 * recipe serves trainings of any length.
 *
 * <pre>{@code
 * Sparsifier.builder().setPattern(NmPattern.of(2, 4)).optRecipe(SparseRecipe.staySparse(), steps)
 * }</pre>
 *
 * <p>A training has up to four phases: dense without masks ({@code warmUp}), refreshed masks,
 * frozen masks ({@code freeze}), and dense again ({@code denseFinish}). Without the last one the
 * trained model is sparse.
 */
public final class SparseRecipe {

    private final String name;
    private final MaskSchedule refreshes;
    private final double warmUp;
    private final double freeze;
    private final double denseFinish;
    private final GradientRule rule;

    private SparseRecipe(Builder builder) {
        name = builder.name;
        refreshes = builder.refreshes;
        warmUp = builder.warmUp;
        freeze = builder.freeze;
        denseFinish = builder.denseFinish;
        rule = builder.rule;
    }

    /**
     * Returns the recipe of the paper's dynamic training: straight-through, masks refreshed every
     * 40 steps from the first to the last (Hubara et al. 2021, section 4). Its code also decays
     * masked weights with the optimizer.
     *
     * @return the recipe {@code hubara}
     */
    public static SparseRecipe hubara() {
        return builder()
                .optName("hubara")
                .optRefreshes(MaskSchedule.every(40))
                .optRule(GradientRule.straightThrough())
                .build();
    }

    /**
     * Returns SR-STE: masks refreshed at every step, decay of pruned weights with lambda 2e-4 (Zhou
     * et al. 2021, "Learning N:M fine-grained structured sparse neural networks from scratch",
     * section 3). For SGD.
     *
     * @return the recipe {@code sr-ste}
     */
    public static SparseRecipe srSte() {
        return builder()
                .optName("sr-ste")
                .optRefreshes(MaskSchedule.every(1))
                .optRule(GradientRule.srSte(2e-4f))
                .build();
    }

    /**
     * Returns the recipe of 2by4: masked decay with a tuned factor, masks refreshed every 40 steps,
     * and dense training for the last sixth (Hu et al. 2024, "Accelerating transformer pre-training
     * with 2:4 sparsity", section 4: 50 000 of 300 000 steps). The trained model is dense. A dense
     * tenth at the start lets the factor be tuned within the run; the paper tunes it beforehand.
     *
     * @return the recipe {@code 2by4}
     */
    public static SparseRecipe twoByFour() {
        return builder()
                .optName("2by4")
                .optRefreshes(MaskSchedule.every(40))
                .optWarmUp(0.1)
                .optDenseFinish(1.0 / 6)
                .optRule(GradientRule.maskedDecay())
                .build();
    }

    /**
     * Returns the recipe for a trained model that {@code AdaPrune} has converted: the converted
     * model's masks are kept, and the kept weights trained (Hubara et al. 2021, section 3).
     *
     * @return the recipe {@code fine-tune}
     */
    public static SparseRecipe fineTune() {
        return builder()
                .optName("fine-tune")
                .optRefreshes(MaskSchedule.once())
                .optRule(GradientRule.masked())
                .build();
    }

    /**
     * Returns the settings that a {@code Sparsifier} has by default: the masked rule, masks
     * refreshed every 40 steps from the first to the last. It has no parameter that depends on the
     * size of gradients or on the length of the training.
     *
     * @return the recipe {@code masked}
     */
    public static SparseRecipe masked() {
        return builder().optName("masked").build();
    }

    /**
     * Returns this project's own recipe for models that stay sparse: dense for the first 30
     * percent, then masked decay with lambda 2e-3 and masks refreshed every 10 steps, frozen for
     * the last 30 percent. With it, a small residual network lost no accuracy (docs/benchmarks.md).
     * For Adam and AdamW; lambda has its effect in comparison with the gradients.
     *
     * @return the recipe {@code stay-sparse}
     */
    public static SparseRecipe staySparse() {
        return builder()
                .optName("stay-sparse")
                .optRefreshes(MaskSchedule.every(10))
                .optWarmUp(0.3)
                .optFreeze(0.3)
                .optRule(GradientRule.maskedDecay(2e-3f))
                .build();
    }

    /**
     * Returns the recipes with a name.
     *
     * @return the recipes, this project's own first
     */
    public static List<SparseRecipe> presets() {
        return List.of(staySparse(), masked(), hubara(), srSte(), twoByFour(), fineTune());
    }

    /**
     * Creates a builder.
     *
     * @return the builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Creates a builder with the settings of this recipe.
     *
     * @return the builder
     */
    public Builder toBuilder() {
        Builder builder = new Builder();
        builder.name = name;
        builder.refreshes = refreshes;
        builder.warmUp = warmUp;
        builder.freeze = freeze;
        builder.denseFinish = denseFinish;
        builder.rule = rule;
        return builder;
    }

    /**
     * Returns the schedule of a training.
     *
     * @param steps the number of training steps, at least 1
     * @return the schedule
     * @throws IllegalArgumentException if the number is less than 1
     */
    public MaskSchedule schedule(long steps) {
        if (steps < 1) {
            throw new IllegalArgumentException(
                    "recipe " + name + ": steps " + steps + ": must be at least 1");
        }
        MaskSchedule schedule = refreshes;
        if (warmUp > 0) {
            schedule = schedule.warmUp(Math.round(warmUp * steps));
        }
        long masked = steps - Math.round(denseFinish * steps);
        if (freeze > 0) {
            schedule = schedule.keepFrom(masked - Math.round(freeze * steps));
        }
        return denseFinish > 0 ? schedule.denseFrom(masked) : schedule;
    }

    /**
     * Returns the name.
     *
     * @return the name, such as {@code stay-sparse}
     */
    public String getName() {
        return name;
    }

    /**
     * Returns the schedule of the refreshes, without the parts of the training.
     *
     * @return the schedule, whose steps count from the end of the warm-up
     */
    public MaskSchedule getRefreshes() {
        return refreshes;
    }

    /**
     * Returns the share of the training without masks at the start.
     *
     * @return the share, from 0 on and less than 1
     */
    public double getWarmUp() {
        return warmUp;
    }

    /**
     * Returns the share of the training with frozen masks, before the dense finish.
     *
     * @return the share, from 0 to 1
     */
    public double getFreeze() {
        return freeze;
    }

    /**
     * Returns the share of the training without masks at the end.
     *
     * @return the share, from 0 on and less than 1; 0 if the trained model is sparse
     */
    public double getDenseFinish() {
        return denseFinish;
    }

    /**
     * Returns the gradient rule.
     *
     * @return the rule
     */
    public GradientRule getRule() {
        return rule;
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(name + ": ");
        if (warmUp > 0) {
            text.append("dense for ").append(percent(warmUp)).append(", then ");
        }
        text.append(rule).append(", masks refreshed ").append(refreshes);
        if (freeze > 0) {
            text.append(", frozen for ").append(denseFinish > 0 ? "" : "the last ");
            text.append(percent(freeze));
        }
        if (denseFinish > 0) {
            text.append(", dense for the last ").append(percent(denseFinish));
        }
        return text.toString();
    }

    private static String percent(double share) {
        return String.format(Locale.ROOT, "%.3g%%", 100 * share);
    }

    /** Builds a {@link SparseRecipe}. */
    public static final class Builder {

        private String name = "custom";
        private MaskSchedule refreshes = MaskSchedule.every(40);
        private double warmUp;
        private double freeze;
        private double denseFinish;
        private GradientRule rule = GradientRule.masked();

        private Builder() {}

        /**
         * Sets the name for reports.
         *
         * @param name the name; {@code custom} by default
         * @return this builder
         */
        public Builder optName(String name) {
            this.name = Objects.requireNonNull(name, "name");
            return this;
        }

        /**
         * Sets the schedule of the refreshes between warm-up and freezing.
         *
         * @param refreshes the schedule, whose steps count from the end of the warm-up; every 40
         *     steps by default
         * @return this builder
         */
        public Builder optRefreshes(MaskSchedule refreshes) {
            this.refreshes = Objects.requireNonNull(refreshes, "refreshes");
            return this;
        }

        /**
         * Sets the share of the training without masks at the start.
         *
         * @param share from 0 on and less than 1; 0 by default
         * @return this builder
         */
        public Builder optWarmUp(double share) {
            warmUp = share;
            return this;
        }

        /**
         * Sets the share of the training with frozen masks. It lies at the end, before a dense
         * finish.
         *
         * @param share from 0 to 1; 0 by default
         * @return this builder
         */
        public Builder optFreeze(double share) {
            freeze = share;
            return this;
        }

        /**
         * Sets the share of the training without masks at the end, after which the model is dense.
         *
         * @param share from 0 on and less than 1; 0 by default
         * @return this builder
         */
        public Builder optDenseFinish(double share) {
            denseFinish = share;
            return this;
        }

        /**
         * Sets the gradient rule.
         *
         * @param rule the rule; {@link GradientRule#masked()} by default
         * @return this builder
         */
        public Builder optRule(GradientRule rule) {
            this.rule = Objects.requireNonNull(rule, "rule");
            return this;
        }

        /**
         * Builds the recipe.
         *
         * @return the recipe
         * @throws IllegalArgumentException if a share is out of its range, or the shares sum to
         *     more than 1
         */
        public SparseRecipe build() {
            checkShare("warm-up", warmUp, warmUp < 1, "less than 1");
            checkShare("freeze", freeze, freeze <= 1, "at most 1");
            checkShare("dense finish", denseFinish, denseFinish < 1, "less than 1");
            if (warmUp + freeze + denseFinish > 1) {
                throw new IllegalArgumentException(
                        "warm-up "
                                + warmUp
                                + ", freeze "
                                + freeze
                                + ", dense finish "
                                + denseFinish
                                + ": must sum to at most 1");
            }
            return new SparseRecipe(this);
        }

        private static void checkShare(String field, double share, boolean below, String limit) {
            if (!(share >= 0 && below)) {
                throw new IllegalArgumentException(
                        field + " " + share + ": must be a share from 0 on, " + limit);
            }
        }
    }
}
