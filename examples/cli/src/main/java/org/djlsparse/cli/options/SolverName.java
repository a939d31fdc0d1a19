package org.djlsparse.cli.options;

import org.djlsparse.mask.MaskSolver;
import org.djlsparse.torch.TorchMaskSolver;

import java.util.Locale;
import java.util.function.Supplier;

/** Which solver finds the masks. */
public enum SolverName {
    /** The library's choice by pattern and size. */
    AUTO(MaskSolver::auto),
    /** All masks of a tile, for M = 4: exact. */
    ENUMERATION(MaskSolver::enumeration),
    /** Exact, for M up to 64. */
    EXACT(MaskSolver::exact),
    /** Exact, by JGraphT's minimum-cost flow, for any pattern. */
    FLOW(MaskSolver::flow),
    /** Near-exact, by exchanges between rows, for M up to 64. */
    SWAP(MaskSolver::swap),
    /** Near-exact, by entropic optimal transport, for M up to 64. */
    ENTROPIC(MaskSolver::entropic),
    /** Heaviest first, for any pattern. */
    GREEDY(MaskSolver::greedy),
    /** Lightest first, within twice the least pruned, for M up to 64. */
    LIGHT_FIRST(MaskSolver::lightFirst),
    /** In PyTorch, exact for M = 4 and near-exact beyond. */
    TORCH(TorchMaskSolver::create),
    /** A baseline that holds along rows only. */
    ROW_WISE(MaskSolver::rowWise),
    /** A baseline that satisfies no pattern. */
    UNSTRUCTURED(MaskSolver::unstructured);

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

    /**
     * Returns whether the masks are transposable.
     *
     * @return false for the baselines
     */
    public boolean isTransposable() {
        return this != ROW_WISE && this != UNSTRUCTURED;
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
