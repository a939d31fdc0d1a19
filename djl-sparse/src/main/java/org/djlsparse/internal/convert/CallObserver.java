package org.djlsparse.internal.convert;

import ai.djl.ndarray.NDList;
import ai.djl.nn.Block;

import java.io.Serializable;

/** A task that observes which layers the dense model calls on one part of the samples. */
public interface CallObserver extends Serializable {

    /**
     * Returns the number of layers to be fitted.
     *
     * @return the number
     */
    int size();

    /**
     * Runs the model.
     *
     * @param part the part's number, from 0
     * @param parts the number of parts
     * @param block a copy of the dense model
     * @param samples the part's samples; read only as far as needed
     * @return the calls
     * @throws IllegalArgumentException if the model lacks a layer, or its forward pass fails
     */
    PartCalls observe(int part, int parts, Block block, Iterable<NDList> samples);
}
