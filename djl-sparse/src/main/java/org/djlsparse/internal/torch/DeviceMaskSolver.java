package org.djlsparse.internal.torch;

import ai.djl.ndarray.NDArray;

import org.djlsparse.mask.NmPattern;

/** Finds the mask of a weight on the device where the weight is. */
public interface DeviceMaskSolver {

    /**
     * Returns whether this solver can read an array: whether it belongs to the engine that the
     * solver runs in.
     *
     * @param weight the weight
     * @return true if so
     */
    boolean accepts(NDArray weight);

    /**
     * Finds a mask.
     *
     * @param weight the weight, {@code [out, in]} or {@code [out, in, k1, ...]}; its magnitude is
     *     the score
     * @param pattern the pattern
     * @return a boolean array of the weight's shape, true for the entries kept, on the weight's
     *     device and attached to its manager
     * @throws IllegalArgumentException if the weight's shape or type is not one of those that the
     *     solver takes, a weight is NaN or infinite, or the solver does not support the pattern
     */
    NDArray solve(NDArray weight, NmPattern pattern);
}
