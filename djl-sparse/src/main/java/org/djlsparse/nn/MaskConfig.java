package org.djlsparse.nn;

import org.djlsparse.mask.MaskSolver;
import org.djlsparse.mask.NmPattern;

/**
 * What a {@link SparseBlock} needs to know.
 *
 * @param pattern the pattern of each mask
 * @param solver finds the masks
 * @param selector chooses the layers
 * @param flow how gradients pass the masks
 */
public record MaskConfig(
        NmPattern pattern, MaskSolver solver, LayerSelector selector, GradientFlow flow) {

    /**
     * Creates a configuration.
     *
     * @throws IllegalArgumentException if the solver does not support the pattern
     */
    public MaskConfig {
        if (!solver.supports(pattern)) {
            throw new IllegalArgumentException(
                    "solver \"" + solver.getName() + "\" does not support pattern " + pattern);
        }
    }
}
