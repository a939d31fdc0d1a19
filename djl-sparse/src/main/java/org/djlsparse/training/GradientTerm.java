package org.djlsparse.training;

import java.util.Map;

/**
 * What a rule adds to the gradient of each masked weight, between the backward pass and the
 * optimizer's step. Optimizers with moments, such as Adam, take the term into them.
 *
 * <p>A lambda, such as {@code gradient -> gradient.addDecay(1e-4f)}, of which {@code
 * GradientRule.of} makes a rule.
 */
@FunctionalInterface
public interface GradientTerm {

    /**
     * Changes a gradient in place. Called once a layer and step; not while the model runs dense.
     *
     * @param gradient the gradient, with its weight and mask
     */
    void addTo(MaskedGradient gradient);

    /**
     * Learns how much of the masks a refresh has changed. Called once a refresh that follows
     * another one of the same kind; before {@link #addTo} of the same step.
     *
     * @param flipRate flips over entries, over all layers that this term serves
     * @param dense true if the model ran dense between the two, with masks made only to see how
     *     they would change; false if it ran masked
     */
    default void onRefresh(double flipRate, boolean dense) {}

    /**
     * Returns whether masks are to be made in a dense warm-up at the steps of the schedule's
     * refreshes, only so that {@link #onRefresh} learns the flip rate of dense training.
     *
     * @return true if so
     */
    default boolean watchesDense() {
        return false;
    }

    /**
     * Returns the figures that reports and metrics show of this term.
     *
     * @return figures by name, such as {@code factor}
     */
    default Map<String, Double> getFigures() {
        return Map.of();
    }

    /**
     * Returns what this term has learned, to be kept with the masks.
     *
     * @return whatever {@link #restore} needs, by name
     */
    default Map<String, String> getState() {
        return Map.of();
    }

    /**
     * Goes on from what was learned before.
     *
     * @param state what {@link #getState} returned
     * @throws IllegalArgumentException if it cannot be understood; nothing has changed then
     */
    default void restore(Map<String, String> state) {}
}
