package org.djlsparse.training;

import org.jspecify.annotations.Nullable;

import java.util.function.Supplier;

/**
 * A rule for how the gradient of a masked weight updates the dense weight behind it.
 *
 * <p>With the dense weight W, the mask S and the loss L, the forward pass uses {@code V = W * S}. A
 * rule determines how {@code dL/dV} reaches W, and the term that is added to the gradient of W
 * before the optimizer's step. Every rule works with every DJL optimizer. A rule without a term
 * costs no time per step; a rule with a term needs the listener of its Sparsifier.
 */
public final class GradientRule {

    private static final GradientRule STRAIGHT_THROUGH =
            new GradientRule("straight-through", GradientFlow.STRAIGHT_THROUGH, () -> null);
    private static final GradientRule MASKED =
            new GradientRule("masked", GradientFlow.MASKED, () -> null);

    private final String name;
    private final GradientFlow flow;
    private final Supplier<@Nullable GradientTerm> terms;

    private GradientRule(String name, GradientFlow flow, Supplier<@Nullable GradientTerm> terms) {
        this.name = name;
        this.flow = flow;
        this.terms = terms;
    }

    /**
     * Returns the straight-through rule: {@code grad W = dL/dV}. Pruned weights are still updated
     * and can return at the next refresh (Bengio et al. 2013; the dynamic training of Hubara et al.
     * 2021, section 4).
     *
     * <p>Pruned weights have no effect on the loss, so nothing limits their growth. Under Adam,
     * whose steps do not shrink with the gradient, they drift far between two refreshes: refresh at
     * every step in this case.
     *
     * @return the rule
     */
    public static GradientRule straightThrough() {
        return STRAIGHT_THROUGH;
    }

    /**
     * Returns the masked rule: {@code grad W = dL/dV * S}, the true gradient. Pruned weights do not
     * change, except by weight decay and momentum. A pruned weight returns at a refresh if the
     * weights kept in its place have become smaller.
     *
     * @return the rule
     */
    public static GradientRule masked() {
        return MASKED;
    }

    /**
     * Returns SR-STE: {@code grad W = dL/dV + lambda * (1 - S) * W}, the straight-through rule with
     * a decay of the pruned weights that reduces flips (Zhou et al. 2021, "Learning N:M
     * fine-grained structured sparse neural networks from scratch", who train by SGD with momentum
     * and lambda 2e-4).
     *
     * <p>Under SGD, a pruned weight therefore shrinks by {@code learningRate * lambda * W} per
     * step. Under Adam, which divides by the magnitude of the gradients, lambda has an effect only
     * if {@code lambda * W} is about as large as the gradients. The rule costs one pass over each
     * masked weight per step.
     *
     * @param lambda the factor, above 0
     * @return the rule
     * @throws IllegalArgumentException if lambda is not a number above 0
     */
    public static GradientRule srSte(float lambda) {
        return decaying("sr-ste", lambda);
    }

    /**
     * Returns the masked decay of 2by4: {@code grad W = dL/dV + lambda * (1 - S) * W}. The decay is
     * added to the gradient, and so enters Adam's moments, instead of being applied to the weight
     * (Hu et al. 2024, "Accelerating transformer pre-training with 2:4 sparsity", section 4; 6e-5
     * to 2e-4 for their GPT-2 models).
     *
     * <p>The term is the same as that of SR-STE. The sources differ in their optimizer: SR-STE uses
     * SGD, 2by4 uses Adam.
     *
     * @param lambda the factor, above 0
     * @return the rule
     * @throws IllegalArgumentException if lambda is not a number above 0
     */
    public static GradientRule maskedDecay(float lambda) {
        return decaying("masked-decay", lambda);
    }

    /**
     * Returns masked decay that tunes its factor by the flip rate of dense training.
     *
     * <p>According to Hu et al. (2024, section 4), a factor is suitable if the flip rate divided by
     * that of dense training is between about 0.60 and 0.95; both are compared early in training,
     * in short runs by hand.
     *
     * <p>This rule does so within one run, by a method that is not from the paper:
     *
     * <ul>
     *   <li>During the schedule's dense warm-up, masks are computed at the steps at which the
     *       schedule would refresh without it, but not used. The rule keeps an exponential average
     *       of the flip rates between them, in which each new rate has weight 1/2.
     *   <li>After the warm-up, each refresh compares its flip rate with this average. If the ratio
     *       is above 0.95, the factor is doubled; if it is below 0.60, the factor is halved. The
     *       factor stays within {@code 1e-6} to {@code 0.1}.
     *   <li>The factor starts at 2e-4. After 50 comparisons it no longer changes, because later
     *       flips become rare as the learning rate falls, whatever the factor.
     * </ul>
     *
     * <p>The schedule needs a warm-up with at least two refreshes, and a constant interval between
     * refreshes, because more entries flip in more steps. Without such a warm-up, the factor stays
     * at 2e-4, and a warning is logged. The report and the metrics show {@code factor} and {@code
     * dense-flip-rate}.
     *
     * @return the rule
     */
    public static GradientRule maskedDecay() {
        return new GradientRule(
                "masked-decay (tuned)", GradientFlow.STRAIGHT_THROUGH, TunedDecay::new);
    }

    /**
     * Returns a user-defined rule.
     *
     * @param name the name shown in reports
     * @param flow how the gradient passes through the mask
     * @param term the term that is added to the gradient; if it has state, use the rule for one
     *     Sparsifier only
     * @return the rule
     */
    public static GradientRule of(String name, GradientFlow flow, GradientTerm term) {
        return new GradientRule(name, flow, () -> term);
    }

    private static GradientRule decaying(String name, float lambda) {
        if (!(lambda > 0 && lambda < Float.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(
                    name + ": lambda " + lambda + ": must be a number above 0");
        }
        return new GradientRule(
                name + "(" + lambda + ")",
                GradientFlow.STRAIGHT_THROUGH,
                () -> gradient -> gradient.addDecay(lambda));
    }

    /**
     * Returns how gradients pass through the mask under this rule.
     *
     * @return the flow
     */
    public GradientFlow getFlow() {
        return flow;
    }

    /**
     * Creates the term that this rule adds to gradients.
     *
     * @return the term, with new state if the rule has state; null if nothing is added
     */
    public @Nullable GradientTerm newTerm() {
        return terms.get();
    }

    @Override
    public String toString() {
        return name;
    }
}
