package org.djlsparse.convert;

import org.djlsparse.mask.MaskSolver;
import org.jspecify.annotations.Nullable;

import java.io.Serializable;
import java.util.List;
import java.util.function.Supplier;

/**
 * A solver as it is sent to another machine: the library's by name, so that each machine uses all
 * of its own processors; others as they are, which must be serializable.
 */
final class SolverReference implements Serializable {

    private static final long serialVersionUID = 1;

    private static final List<Supplier<MaskSolver>> OWN =
            List.of(
                    MaskSolver::auto,
                    MaskSolver::enumeration,
                    MaskSolver::exact,
                    MaskSolver::flow,
                    MaskSolver::swap,
                    MaskSolver::entropic,
                    MaskSolver::greedy,
                    MaskSolver::lightFirst,
                    MaskSolver::rowWise,
                    MaskSolver::unstructured);

    private final @Nullable Serializable solver;
    private final int number; // among the library's

    private SolverReference(@Nullable Serializable solver, int number) {
        this.solver = solver;
        this.number = number;
    }

    /**
     * Creates a reference.
     *
     * @throws IllegalArgumentException if the solver is neither the library's nor serializable
     */
    static SolverReference of(MaskSolver solver) {
        for (int i = 0; i < OWN.size(); i++) {
            if (OWN.get(i).get().getClass() == solver.getClass()) {
                return new SolverReference(null, i);
            }
        }
        if (solver instanceof Serializable own) {
            return new SolverReference(own, -1);
        }
        throw new IllegalArgumentException(
                "solver \""
                        + solver.getName()
                        + "\": must be serializable, or one of MaskSolver, for a cluster");
    }

    MaskSolver get() {
        return solver == null ? OWN.get(number).get() : (MaskSolver) solver;
    }
}
