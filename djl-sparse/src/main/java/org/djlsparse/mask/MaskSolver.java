package org.djlsparse.mask;

/**
 * Finds the mask of a weight: the entries to keep so that the pattern holds and the kept magnitude
 * is large.
 *
 * <p>A transposable solver works on M x M tiles, M consecutive outputs by M consecutive inputs, and
 * keeps exactly N entries in each row and column of a tile. At a ragged edge, where the dimension
 * is not a multiple of M, the tile is smaller and keeps at most N in each row and column. (Hubara
 * et al., "Accelerated Sparse Neural Training", NeurIPS 2021, section 3.)
 *
 * <p>A solver is immutable and safe for use by several threads. Equal input gives an equal mask on
 * any number of threads.
 */
@FunctionalInterface
public interface MaskSolver {

    /**
     * Finds a mask.
     *
     * @param weights the weights, in the tensor's row-major order; their magnitude is the score
     * @param shape the weight's shape
     * @param pattern the pattern
     * @return the mask
     * @throws IllegalArgumentException if the array's length is not the shape's size, a weight is
     *     NaN or infinite, or the solver does not support the pattern
     */
    Mask solve(float[] weights, WeightShape shape, NmPattern pattern);

    /**
     * Returns the name of this solver in reports and on the command line.
     *
     * @return the name; {@code custom} by default for a lambda or another class without a name
     */
    default String getName() {
        Class<?> type = getClass();
        return type.isHidden() || type.isAnonymousClass() ? "custom" : type.getSimpleName();
    }

    /**
     * Returns whether the solver can find masks of a pattern.
     *
     * @param pattern the pattern
     * @return {@code true} if it can
     */
    default boolean supports(NmPattern pattern) {
        return true;
    }

    /**
     * Returns the solver that does the work for a pattern and a shape: the solver itself, unless it
     * chooses among others.
     *
     * @param pattern the pattern
     * @param shape the weight's shape
     * @return the solver
     */
    default MaskSolver resolve(NmPattern pattern, WeightShape shape) {
        return this;
    }

    /**
     * Returns the default solver, which chooses by pattern and size so that masks are exact where
     * this is cheap:
     *
     * <ul>
     *   <li>M = 4: {@link #enumeration()};
     *   <li>other M up to 16, and up to 64 for weights of up to 2^20 entries: {@link #exact()};
     *   <li>other M up to 64: {@link #swap()}, which loses less than 0.1 percent of the kept
     *       magnitude of normally distributed weights and takes two thirds of the time;
     *   <li>larger M: {@link #greedy()}, which loses less than half a percent there.
     * </ul>
     *
     * @return the solver
     */
    static MaskSolver auto() {
        return AutoSolver.INSTANCE;
    }

    /**
     * Returns the exact solver for M = 4, which compares all masks of a tile, 90 of them for 2:4.
     *
     * @return the solver
     */
    static MaskSolver enumeration() {
        return new EnumerationSolver(Threads.available());
    }

    /**
     * Returns the exact solver for any N:M up to M = 64, ragged edges included.
     *
     * @return the solver
     */
    static MaskSolver exact() {
        return new ExactSolver(Threads.available());
    }

    /**
     * Returns the exact solver that solves each tile as a minimum-cost flow, the paper's
     * formulation, by JGraphT. It takes any N:M, is many times slower than {@link #exact()}, and
     * independent of it.
     *
     * @return the solver
     */
    static MaskSolver flow() {
        return new FlowSolver(Threads.available());
    }

    /**
     * Returns the near-exact solver for any N:M up to M = 64: the greedy choice, improved by
     * exchanges between pairs of rows until none gains, and then by a few longer exchanges.
     *
     * @return the solver
     */
    static MaskSolver swap() {
        return new SwapSolver(Threads.available());
    }

    /**
     * Returns the near-exact solver for any N:M up to M = 64 that relaxes the mask to an entropic
     * optimal transport, rounds that and improves it by swaps.
     *
     * @return the solver
     */
    static MaskSolver entropic() {
        return new EntropicSolver(Threads.available());
    }

    /**
     * Returns the heavy-first greedy solver, completed to exactly N per row and column, for any
     * N:M.
     *
     * @return the solver
     */
    static MaskSolver greedy() {
        return new GreedySolver(Threads.available());
    }

    /**
     * Returns the paper's 2-approximation, light-first pruning, completed to exactly N per row and
     * column, for any N:M up to M = 64. The pruned magnitude is at most twice the least possible.
     *
     * @return the solver
     */
    static MaskSolver lightFirst() {
        return new LightFirstSolver(Threads.available());
    }

    /**
     * Returns the solver of plain N:M masks, which are valid along rows only and not transposable:
     * a baseline.
     *
     * @return the solver
     */
    static MaskSolver rowWise() {
        return new RowWiseSolver(Threads.available());
    }

    /**
     * Returns the solver that keeps the N / M largest of all weights, wherever they are, and
     * satisfies no pattern: a baseline.
     *
     * @return the solver
     */
    static MaskSolver unstructured() {
        return new UnstructuredSolver();
    }
}
