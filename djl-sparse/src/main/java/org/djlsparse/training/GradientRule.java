package org.djlsparse.training;

import org.djlsparse.nn.GradientFlow;

/**
 * How the gradient of a masked weight trains the dense weight behind it.
 *
 * <p>With W the dense weight, S the mask and L the loss, the forward pass uses {@code V = W * S}.
 */
public final class GradientRule {

    private static final GradientRule STRAIGHT_THROUGH =
            new GradientRule("straight-through", GradientFlow.STRAIGHT_THROUGH);
    private static final GradientRule MASKED = new GradientRule("masked", GradientFlow.MASKED);

    private final String name;
    private final GradientFlow flow;

    private GradientRule(String name, GradientFlow flow) {
        this.name = name;
        this.flow = flow;
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
     * Returns how gradients pass the mask under this rule.
     *
     * @return the flow
     */
    public GradientFlow getFlow() {
        return flow;
    }

    @Override
    public String toString() {
        return name;
    }
}
