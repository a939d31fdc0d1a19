package org.djlsparse.convert;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Block;

/** A hook that observes the input and output of a layer in a forward pass. */
@FunctionalInterface
interface ForwardHook {

    /**
     * Receives a layer's input and output. This method is called when the layer has computed its
     * output.
     *
     * @param layer the layer
     * @param input its input; may only be read, and only during this call
     * @param output its output; may only be read, and only during this call
     */
    void onForward(Block layer, NDArray input, NDArray output);
}
