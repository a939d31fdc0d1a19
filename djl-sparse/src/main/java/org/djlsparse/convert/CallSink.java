package org.djlsparse.convert;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Block;

/** Receives the calls of layers to be fitted. */
@FunctionalInterface
interface CallSink {

    /**
     * Receives a call.
     *
     * @param layer the layer
     * @param called the one of its blocks that was called
     * @param input the block's input; may only be read, and only during this call
     * @param output its output; likewise
     */
    void onForward(ConvertedLayer layer, Block called, NDArray input, NDArray output);
}
