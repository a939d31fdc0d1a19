package org.djlsparse.spark;

import org.djlsparse.mask.MaskSolver;

import java.io.Serializable;

/** Creates the solver of a task, such as {@code MaskSolver::auto}. */
@FunctionalInterface
public interface SolverFactory extends Serializable {

    /**
     * Creates the solver.
     *
     * @return the solver, which several threads call at the same time
     */
    MaskSolver newSolver();
}
