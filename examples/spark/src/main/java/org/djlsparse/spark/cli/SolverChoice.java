package org.djlsparse.spark.cli;

import org.djlsparse.cli.options.MaskKind;
import org.djlsparse.cli.options.SolverName;
import org.djlsparse.mask.MaskSolver;
import org.djlsparse.spark.SolverFactory;

/**
 * The solver of each task, by its name.
 *
 * @param solver the solver
 * @param kind the kind of the masks
 */
record SolverChoice(SolverName solver, MaskKind kind) implements SolverFactory {

    @Override
    public MaskSolver newSolver() {
        return solver.newSolver(kind);
    }
}
