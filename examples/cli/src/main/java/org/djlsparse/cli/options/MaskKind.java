package org.djlsparse.cli.options;

import org.djlsparse.SparsityReport;
import org.djlsparse.mask.MaskSolver;

/** The kinds of masks. */
public enum MaskKind {
    /** Valid for the weight and for its transpose. */
    TRANSPOSABLE,
    /** Valid along rows only: the common N:M. */
    ROW,
    /** No masks: the wrapped model trains dense. */
    NONE;

    /**
     * Creates the default solver of this kind.
     *
     * @return the solver
     */
    public MaskSolver newSolver() {
        return this == ROW ? MaskSolver.rowWise() : MaskSolver.auto();
    }

    /**
     * Checks that the masks of a run are of this kind.
     *
     * @param report the run's report
     * @return {@code true} if each mask is valid in the directions that this kind guarantees
     */
    public boolean isValid(SparsityReport report) {
        return switch (this) {
            case TRANSPOSABLE -> report.isTransposable();
            case ROW -> report.isValidAlongRows();
            case NONE -> true;
        };
    }

    @Override
    public String toString() {
        return Names.of(this);
    }
}
