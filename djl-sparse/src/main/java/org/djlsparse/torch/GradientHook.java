package org.djlsparse.torch;

import ai.djl.ndarray.NDArray;

import org.jspecify.annotations.Nullable;

/** Sees or replaces the gradient that the backward pass brings to an array. */
@FunctionalInterface
public interface GradientHook {

    /**
     * Called once in each backward pass, on whichever thread it runs, with the sum of all gradients
     * of the array. What is computed here is not part of a graph.
     *
     * @param gradient the gradient; it and what is made from it is closed after the call
     * @return the gradient to go on with, of the same shape, type and device; null to leave it as
     *     it is
     */
    @Nullable NDArray apply(NDArray gradient);
}
