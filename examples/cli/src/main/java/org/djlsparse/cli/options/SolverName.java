package org.djlsparse.cli.options;

import org.djlsparse.mask.MaskSolver;
import org.djlsparse.torch.TorchMaskSolver;

import java.util.function.Supplier;

/** The library's solvers by name. */
public enum SolverName {
    /** The library's choice, by pattern and size. */
    AUTO(MaskSolver::auto),
    /** Exact, by enumeration of all masks of a tile, for M = 4. */
    ENUMERATION(MaskSolver::enumeration),
    /** Exact, for M up to 64. */
    EXACT(MaskSolver::exact),
    /** Exact, by JGraphT's minimum-cost flow, for any pattern. */
    FLOW(MaskSolver::flow),
    /** Near-exact, by exchanges between rows, for M up to 64. */
    SWAP(MaskSolver::swap),
    /** Near-exact, by entropic optimal transport, for M up to 64. */
    ENTROPIC(MaskSolver::entropic),
    /** Keeps the heaviest entries first, for any pattern. */
    GREEDY(MaskSolver::greedy),
    /** Prunes the lightest entries first, at most twice the least possible sum, for M up to 64. */
    LIGHT_FIRST(MaskSolver::lightFirst),
    /** In PyTorch, exact for M = 4 and near-exact for other M. */
    TORCH(TorchMaskSolver::create),
    /** A baseline whose masks are valid along rows only. */
    ROW_WISE(MaskSolver::rowWise),
    /** A baseline whose masks satisfy no pattern. */
    UNSTRUCTURED(MaskSolver::unstructured);

    @SuppressWarnings("ImmutableEnumChecker") // a method reference
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
     * Creates the solver of masks of a kind.
     *
     * @param kind the kind
     * @return the solver; that of the kind for {@link #AUTO}
     */
    public MaskSolver newSolver(MaskKind kind) {
        return this == AUTO ? kind.newSolver() : newSolver();
    }

    /**
     * Returns whether the masks are transposable.
     *
     * @return {@code false} for the baselines
     */
    public boolean isTransposable() {
        return this != ROW_WISE && this != UNSTRUCTURED;
    }

    @Override
    public String toString() {
        return Names.of(this);
    }
}
