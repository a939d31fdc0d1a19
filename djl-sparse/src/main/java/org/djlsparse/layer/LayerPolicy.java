package org.djlsparse.layer;

import org.djlsparse.mask.MaskSolver;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.training.GradientRule;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/**
 * A list of entries, each of which gives the layers that it selects a pattern, and optionally a
 * solver and a gradient rule, or leaves them dense. If several entries select a layer, the first
 * one applies. A layer that no entry selects gets the pattern, solver and rule of the {@code
 * Sparsifier} or the {@code AdaPrune}, if its {@code optLayers} selects it.
 *
 * <pre>{@code
 * LayerPolicy.builder()
 *         .addDense(LayerSelector.matching(".*head.*"))
 *         .add(LayerSelector.matching(".*feedForward.*"), NmPattern.of(2, 4))
 *         .optDenseFirstAndLast(true)
 *         .build()
 * }</pre>
 */
public final class LayerPolicy {

    private static final LayerPolicy NONE = builder().build();

    private final List<Entry> entries;
    private final boolean denseFirstAndLast;

    private LayerPolicy(Builder builder) {
        entries = List.copyOf(builder.entries);
        denseFirstAndLast = builder.denseFirstAndLast;
    }

    /**
     * An entry of a policy.
     *
     * @param layers the layers to which it applies
     * @param pattern their pattern; null if they are left dense
     * @param solver their solver; null for the Sparsifier's solver
     * @param rule their gradient rule; null for the Sparsifier's rule
     */
    public record Entry(
            LayerSelector layers,
            @Nullable NmPattern pattern,
            @Nullable MaskSolver solver,
            @Nullable GradientRule rule) {

        @Override
        public String toString() {
            StringBuilder text = new StringBuilder(layers + ": ");
            text.append(pattern == null ? "dense" : pattern);
            if (solver != null) {
                text.append(", ").append(solver.getName());
            }
            if (rule != null) {
                text.append(", ").append(rule);
            }
            return text.toString();
        }
    }

    /**
     * Returns the policy without entries, which treats all layers alike.
     *
     * @return the policy
     */
    public static LayerPolicy none() {
        return NONE;
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
     * Returns the entries.
     *
     * @return the entries, in the order in which they apply
     */
    public List<Entry> getEntries() {
        return entries;
    }

    /**
     * Returns whether the first and the last of the weights that would have a mask are left dense.
     *
     * @return {@code true} if both are left dense
     */
    public boolean isDenseFirstAndLast() {
        return denseFirstAndLast;
    }

    @Override
    public String toString() {
        return "LayerPolicy(" + entries + (denseFirstAndLast ? ", first and last dense" : "") + ")";
    }

    /** Builds a {@link LayerPolicy}. */
    public static final class Builder {

        private final List<Entry> entries = new ArrayList<>();
        private boolean denseFirstAndLast;

        private Builder() {}

        /**
         * Adds layers with a pattern, and with the Sparsifier's solver and rule.
         *
         * @param layers the layers
         * @param pattern their pattern
         * @return this builder
         */
        public Builder add(LayerSelector layers, NmPattern pattern) {
            entries.add(new Entry(layers, pattern, null, null));
            return this;
        }

        /**
         * Adds layers with a pattern and a solver, and with the Sparsifier's rule.
         *
         * @param layers the layers
         * @param pattern their pattern
         * @param solver their solver
         * @return this builder
         */
        public Builder add(LayerSelector layers, NmPattern pattern, MaskSolver solver) {
            entries.add(new Entry(layers, pattern, solver, null));
            return this;
        }

        /**
         * Adds layers with a pattern and a rule, and with the Sparsifier's solver.
         *
         * @param layers the layers
         * @param pattern their pattern
         * @param rule their rule
         * @return this builder
         */
        public Builder add(LayerSelector layers, NmPattern pattern, GradientRule rule) {
            entries.add(new Entry(layers, pattern, null, rule));
            return this;
        }

        /**
         * Adds layers with a pattern, a solver and a rule.
         *
         * @param layers the layers
         * @param pattern their pattern
         * @param solver their solver
         * @param rule their rule
         * @return this builder
         */
        public Builder add(
                LayerSelector layers, NmPattern pattern, MaskSolver solver, GradientRule rule) {
            entries.add(new Entry(layers, pattern, solver, rule));
            return this;
        }

        /**
         * Adds layers that are left dense.
         *
         * @param layers the layers
         * @return this builder
         */
        public Builder addDense(LayerSelector layers) {
            entries.add(new Entry(layers, null, null, null));
            return this;
        }

        /**
         * Sets whether the first and the last of the weights that would have a mask, in the model's
         * order, are left dense. Masks of these two cost the most accuracy and save the least time.
         *
         * @param denseFirstAndLast {@code true} to leave both dense; {@code false} by default
         * @return this builder
         */
        public Builder optDenseFirstAndLast(boolean denseFirstAndLast) {
            this.denseFirstAndLast = denseFirstAndLast;
            return this;
        }

        /**
         * Builds the policy.
         *
         * @return the policy
         */
        public LayerPolicy build() {
            return new LayerPolicy(this);
        }
    }
}
