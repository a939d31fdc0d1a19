package org.djlsparse.internal.nn;

import org.djlsparse.mask.MaskSolver;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.training.GradientFlow;
import org.djlsparse.training.GradientTerm;
import org.jspecify.annotations.Nullable;

/**
 * The settings of a layer's mask.
 *
 * @param pattern the pattern
 * @param solver the solver that finds the mask
 * @param flow how gradients pass the mask
 * @param term the term that is added to the gradients; null if there is none
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
     * Creates a configuration without a gradient term.
     *
     * @param pattern the pattern
     * @param solver the solver that finds the mask
     * @param flow how gradients pass the mask
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

    /** Returns whether another configuration gives a layer the same mask and the same gradients. */
    boolean givesSameMasks(MaskConfig other) {
        return pattern.equals(other.pattern)
                && givesSameSolver(other)
                && flow == other.flow
                && term == other.term;
    }

    private boolean givesSameSolver(MaskConfig other) {
        // MaskSolver.exact() and similar methods create a new solver at each call.
        return solver.equals(other.solver)
                || (solver.getClass() == other.solver.getClass()
                        && solver.getClass().getPackage() == MaskSolver.class.getPackage());
    }

    /**
     * Describes this configuration: its pattern, and the settings that differ from another one's.
     */
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
