package org.djlsparse.nn;

import org.djlsparse.mask.MaskSolver;
import org.djlsparse.mask.NmPattern;
import org.jspecify.annotations.Nullable;

/**
 * Gives masks to layers.
 *
 * @param pattern the pattern of each mask
 * @param solver finds the masks
 * @param selector chooses the layers
 * @param flow how gradients pass the masks
 * @param term what is added to the gradients; null if nothing is
 */
public record MaskConfig(
        NmPattern pattern,
        MaskSolver solver,
        LayerSelector selector,
        GradientFlow flow,
        @Nullable GradientTerm term)
        implements LayerConfig {

    /**
     * Creates a configuration.
     *
     * @throws IllegalArgumentException if the solver does not support the pattern
     */
    public MaskConfig {
        if (!solver.supports(pattern)) {
            throw new IllegalArgumentException(
                    "solver \""
                            + solver.getName()
                            + "\" does not support pattern "
                            + pattern
                            + "; MaskSolver.auto() takes one that does");
        }
    }

    /**
     * Creates a configuration that adds nothing to the gradients.
     *
     * @param pattern the pattern of each mask
     * @param solver finds the masks
     * @param selector chooses the layers
     * @param flow how gradients pass the masks
     * @throws IllegalArgumentException if the solver does not support the pattern
     */
    public MaskConfig(
            NmPattern pattern, MaskSolver solver, LayerSelector selector, GradientFlow flow) {
        this(pattern, solver, selector, flow, null);
    }
}
