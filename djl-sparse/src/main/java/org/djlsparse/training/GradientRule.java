package org.djlsparse.training;

import org.jspecify.annotations.Nullable;

import java.util.function.Supplier;

/**
 * How the gradient of a masked weight trains the dense weight behind it.
 *
 * <p>With W the dense weight, S the mask and L the loss, the forward pass uses {@code V = W * S}. A
 * rule says how {@code dL/dV} flows back to W, and what is added to that before the optimizer's
 * step. It goes with any DJL optimizer. A rule without a term costs nothing a step; one with a term
 * needs the listener of its Sparsifier.
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
     * Returns the straight-through rule: {@code grad W = dL/dV}. Pruned weights go on learning and
     * can come back at the next refresh (Bengio et al. 2013; the paper's dynamic training, section
     * 4).
     *
     * <p>Nothing holds a pruned weight back, since the loss does not see it. Under Adam, whose
     * steps do not shrink with the gradient, it strays far between two refreshes: refresh at every
     * step then.
     *
     * @return the rule
     */
    public static GradientRule straightThrough() {
        return STRAIGHT_THROUGH;
    }

    /**
     * Returns the masked rule: {@code grad W = dL/dV * S}, the true gradient. Pruned weights stay
     * as they are, but for weight decay and momentum; one comes back at a refresh if the weights
     * kept in its place have shrunk below it.
     *
     * @return the rule
     */
    public static GradientRule masked() {
        return MASKED;
    }

    /**
     * Returns SR-STE: {@code grad W = dL/dV + lambda * (1 - S) * W}, straight-through with a decay
     * of the pruned weights that works against flips (Zhou et al. 2021, "Learning N:M fine-grained
     * structured sparse neural networks from scratch", who train by SGD with momentum and lambda
     * 2e-4).
     *
     * <p>Under SGD a pruned weight so shrinks by {@code rate * lambda * W} a step. Under Adam,
     * which divides by the size of the gradients, a lambda acts only if {@code lambda * W} is about
     * as large as these. Costs one pass over each masked weight a step.
     *
     * @param lambda the factor, above 0
     * @return the rule
     * @throws IllegalArgumentException if lambda is not a number above 0
     */
    public static GradientRule srSte(float lambda) {
        return decaying("sr-ste", lambda);
    }

    /**
     * Returns 2by4's masked decay: {@code grad W = dL/dV + lambda * (1 - S) * W}, the decay taken
     * up by the gradient and so by Adam's moments, not by the weight (Hu et al. 2024, "Accelerating
     * transformer pre-training with 2:4 sparsity", section 4; 6e-5 to 2e-4 for their GPT-2 models).
     *
     * <p>On the gradient this is SR-STE's term. The two differ in the source's use: SGD there, Adam
     * here.
     *
     * @param lambda the factor, above 0
     * @return the rule
     * @throws IllegalArgumentException if lambda is not a number above 0
     */
    public static GradientRule maskedDecay(float lambda) {
        return decaying("masked-decay", lambda);
    }

    /**
     * Returns masked decay that finds its factor by itself, from the flip rate of dense training.
     *
     * <p>The source's part: a factor is right if the flip rate, relative to that of dense training,
     * is between about 0.60 and 0.95, and dense and masked flip rates are compared early in
     * training (Hu et al. 2024, section 4). They compare short runs by hand.
     *
     * <p>Our part, all in one run:
     *
     * <ul>
     *   <li>In the schedule's dense warm-up, masks are found at the steps where the schedule would
     *       refresh without it, and not used. The flip rates between them are averaged, the later
     *       ones counting more: each new one counts half.
     *   <li>After the warm-up, each refresh compares its flip rate with that average. Above 0.95
     *       the factor is doubled, below 0.60 it is halved, within {@code 1e-6} to {@code 0.1}.
     *   <li>The factor starts at 2e-4 and stays as it is after 50 comparisons: later, flips become
     *       rare as the learning rate falls, which is no fault of the factor.
     * </ul>
     *
     * <p>The schedule needs a warm-up with two or more refreshes and a constant interval between
     * refreshes, since more steps flip more. Without such a warm-up the factor stays at 2e-4 and a
     * warning is logged. The report and the metrics show {@code factor} and {@code
     * dense-flip-rate}.
     *
     * @return the rule
     */
    public static GradientRule maskedDecay() {
        return new GradientRule(
                "masked-decay (tuned)", GradientFlow.STRAIGHT_THROUGH, TunedDecay::new);
    }

    /**
     * Returns a rule of your own.
     *
     * @param name the name by which reports know it
     * @param flow how the gradient passes the mask
     * @param term what is added then; if it keeps state, use the rule for one Sparsifier only
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
     * Returns how gradients pass the mask under this rule.
     *
     * @return the flow
     */
    public GradientFlow getFlow() {
        return flow;
    }

    /**
     * Creates what this rule adds to gradients, with state of its own if it has any.
     *
     * @return the term; null if nothing is added
     */
    public @Nullable GradientTerm newTerm() {
        return terms.get();
    }

    @Override
    public String toString() {
        return name;
    }
}
