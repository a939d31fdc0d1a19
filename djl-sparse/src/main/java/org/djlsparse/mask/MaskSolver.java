package org.djlsparse.mask;

/**
 * Finds the mask of a weight: which entries to keep so that the pattern holds and the kept
 * magnitude is large.
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
     * Returns the name by which reports and the command line know this solver.
     *
     * @return the name
     */
    default String getName() {
        return getClass().getSimpleName();
    }

    /**
     * Returns whether the solver can find masks of a pattern.
     *
     * @param pattern the pattern
     * @return true if so
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
     * Returns the default: {@link #enumeration()} for M = 4 and {@link #exact()} for other M up to
     * 16, so that masks are exact where that is cheap; {@link #greedy()} beyond, which loses about
     * half a percent of the kept magnitude of normally distributed weights.
     *
     * @return the solver
     */
    static MaskSolver auto() {
        return AutoSolver.INSTANCE;
    }

    /**
     * Returns the exact solver for M = 4: it tries every mask of a tile, 90 of them for 2:4.
     *
     * @return the solver
     */
    static MaskSolver enumeration() {
        return new EnumerationSolver(Threads.available());
    }

    /**
     * Returns the exact solver for any N:M, ragged edges included.
     *
     * @return the solver
     */
    static MaskSolver exact() {
        return new ExactSolver(Threads.available());
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
     * Returns the solver of plain N:M masks, which hold along rows only and are not transposable: a
     * baseline.
     *
     * @return the solver
     */
    static MaskSolver rowWise() {
        return new RowWiseSolver(Threads.available());
    }
}
