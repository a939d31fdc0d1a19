package org.djlsparse.cli.options;

import org.djlsparse.SparsityReport;
import org.djlsparse.mask.MaskSolver;

import java.util.Locale;

/** Which masks the sparse run uses. */
public enum MaskKind {
    /** Valid for the weight and for its transpose. */
    TRANSPOSABLE,
    /** Valid along the rows only: the usual N:M. */
    ROW,
    /** No masks: the wrapped model trains dense. */
    NONE;

    /**
     * Creates what finds the masks.
     *
     * @return the solver
     */
    public MaskSolver newSolver() {
        return this == ROW ? MaskSolver.rowWise() : MaskSolver.auto();
    }

    /**
     * Checks the masks of a run.
     *
     * @param report the run's report
     * @return whether each mask is valid the way or ways that this kind promises
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
        return name().toLowerCase(Locale.ROOT);
    }
}
