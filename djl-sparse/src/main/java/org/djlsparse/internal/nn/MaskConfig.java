package org.djlsparse.internal.nn;

import org.djlsparse.mask.MaskSolver;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.training.GradientFlow;
import org.djlsparse.training.GradientTerm;
import org.jspecify.annotations.Nullable;

/**
 * The masks of a layer.
 *
 * @param pattern the pattern
 * @param solver finds the mask
 * @param flow how gradients pass the masks
 * @param term what is added to the gradients; null if nothing is
 */
public record MaskConfig(
        NmPattern pattern, MaskSolver solver, GradientFlow flow, @Nullable GradientTerm term) {

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
                            + "; MaskSolver.auto() picks one that does");
        }
    }

    /**
     * Creates a configuration that adds nothing to the gradients.
     *
     * @param pattern the pattern
     * @param solver finds the mask
     * @param flow how gradients pass the masks
     * @throws IllegalArgumentException if the solver does not support the pattern
     */
    public MaskConfig(NmPattern pattern, MaskSolver solver, GradientFlow flow) {
        this(pattern, solver, flow, null);
    }

    MaskConfig withSolver(MaskSolver other) {
        return new MaskConfig(pattern, other, flow, term);
    }

    MaskConfig withPattern(NmPattern other) {
        return new MaskConfig(other, solver, flow, term);
    }

    /** Whether a layer gets the same masks, and the same gradients, from another configuration. */
    boolean givesSameMasks(MaskConfig other) {
        return pattern.equals(other.pattern)
                && givesSameSolver(other)
                && flow == other.flow
                && term == other.term;
    }

    private boolean givesSameSolver(MaskConfig other) {
        // MaskSolver.exact() and the like make another one at each call.
        return solver.equals(other.solver)
                || (solver.getClass() == other.solver.getClass()
                        && solver.getClass().getPackage() == MaskSolver.class.getPackage());
    }

    /** What it gives to a layer, as far as it must be told from another configuration. */
    String describeBeside(MaskConfig other) {
        String text = pattern.toString();
        if (!givesSameSolver(other)) {
            text += " by solver " + solver.getName();
        }
        if (flow != other.flow || term != other.term) {
            text += " with its own rule";
        }
        return text;
    }
}
