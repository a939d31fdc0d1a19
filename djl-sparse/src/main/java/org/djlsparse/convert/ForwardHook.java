package org.djlsparse.convert;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Block;

/** Sees what goes through a layer in a forward pass. */
@FunctionalInterface
interface ForwardHook {

    /**
     * Called when a layer has computed its output.
     *
     * @param layer the layer
     * @param input its input; only to be read, and only during this call
     * @param output its output; the same
     */
    void onForward(Block layer, NDArray input, NDArray output);
}
