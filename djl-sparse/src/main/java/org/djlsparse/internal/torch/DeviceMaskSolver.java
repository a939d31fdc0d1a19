package org.djlsparse.internal.torch;

import ai.djl.ndarray.NDArray;

import org.djlsparse.mask.NmPattern;

/** A solver that finds the mask of a weight on the device where the weight is. */
public interface DeviceMaskSolver {

    /**
     * Returns whether this solver can read an array, which must belong to the engine that the
     * solver runs in.
     *
     * @param weight the weight
     * @return {@code true} if it can
     */
    boolean accepts(NDArray weight);

    /**
     * Finds a mask.
     *
     * @param weight the weight, {@code [out, in]} or {@code [out, in, k1, ...]}; the magnitudes of
     *     its entries are the scores
     * @param pattern the pattern
     * @return a boolean array of the weight's shape, {@code true} for kept entries, on the weight's
     *     device and attached to its manager
     * @throws IllegalArgumentException if the solver does not support the weight's shape, its type
     *     or the pattern, or if a weight is NaN or infinite
     */
    NDArray solve(NDArray weight, NmPattern pattern);
}
