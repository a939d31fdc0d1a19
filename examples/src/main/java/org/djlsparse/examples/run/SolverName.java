package org.djlsparse.examples.run;

import org.djlsparse.mask.MaskSolver;

import java.util.Locale;
import java.util.function.Supplier;

/** Which solver finds the masks. */
public enum SolverName {
    /** The library's choice by pattern. */
    AUTO(MaskSolver::auto),
    /** All masks of a tile, for M = 4: exact. */
    ENUMERATION(MaskSolver::enumeration),
    /** Exact for any pattern. */
    EXACT(MaskSolver::exact),
    /** Heaviest first, for any pattern. */
    GREEDY(MaskSolver::greedy);

    @SuppressWarnings("ImmutableEnumChecker") // refers to a method
    private final Supplier<MaskSolver> supplier;

    SolverName(Supplier<MaskSolver> supplier) {
        this.supplier = supplier;
    }

    /**
     * Creates the solver.
     *
     * @return the solver
     */
    public MaskSolver newSolver() {
        return supplier.get();
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
