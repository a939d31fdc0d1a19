package org.djlsparse.training;

import java.util.Map;

/**
 * A term that a rule adds to the gradient of each masked weight, between the backward pass and the
 * optimizer's step. In optimizers with moments, such as Adam, the term therefore enters the
 * moments.
 *
 * <p>A term can be a lambda, such as {@code gradient -> gradient.addDecay(1e-4f)}; {@link
 * GradientRule#of} creates a rule from it.
 */
@FunctionalInterface
public interface GradientTerm {

    /**
     * Changes a gradient in place. This method is called once per layer and step, but not while the
     * model runs dense.
     *
     * @param gradient the gradient, with its weight and mask
     */
    void addTo(MaskedGradient gradient);

    /**
     * Receives the flip rate of a refresh. This method is called once for each refresh that follows
     * another one of the same kind, dense or masked, before {@link #addTo} of the same step.
     *
     * @param flipRate the flips divided by the number of entries, over all layers of this term
     * @param dense {@code true} if the model ran dense between the two refreshes, with masks that
     *     were computed but not used; {@code false} if it ran masked
     */
    default void onRefresh(double flipRate, boolean dense) {}

    /**
     * Returns whether masks are computed during a dense warm-up, at the steps of the schedule's
     * refreshes, so that {@link #onRefresh} receives the flip rate of dense training.
     *
     * @return {@code true} if this term needs that flip rate; {@code false} by default
     */
    default boolean watchesDense() {
        return false;
    }

    /**
     * Returns the figures of this term that reports and metrics show.
     *
     * @return figures by name, such as {@code factor}
     */
    default Map<String, Double> getFigures() {
        return Map.of();
    }

    /**
     * Returns the state of this term, which is saved with the masks.
     *
     * @return the values that {@link #restore} needs, by name
     */
    default Map<String, String> getState() {
        return Map.of();
    }

    /**
     * Restores a saved state.
     *
     * @param state a state that {@link #getState} returned
     * @throws IllegalArgumentException if the state is not valid; nothing has changed then
     */
    default void restore(Map<String, String> state) {}
}
