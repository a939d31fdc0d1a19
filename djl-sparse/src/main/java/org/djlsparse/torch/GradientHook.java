package org.djlsparse.torch;

import ai.djl.ndarray.NDArray;

import org.jspecify.annotations.Nullable;

/** A hook that observes or replaces the gradient of an array in the backward pass. */
@FunctionalInterface
public interface GradientHook {

    /**
     * Receives the sum of all gradients of the array. This method is called once in each backward
     * pass, on any thread. Its operations are not part of a graph.
     *
     * @param gradient the gradient; it and all arrays created from it are closed after the call
     * @return the gradient with which the backward pass continues, of the same shape, type and
     *     device; null to leave it unchanged
     */
    @Nullable NDArray apply(NDArray gradient);
}
