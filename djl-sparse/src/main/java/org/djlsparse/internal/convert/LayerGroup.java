package org.djlsparse.internal.convert;

import ai.djl.ndarray.NDList;
import ai.djl.nn.Block;

import java.io.Serializable;
import java.util.stream.Stream;

/**
 * Layers that are fitted together, in two kinds of tasks: each part of the samples contributes to
 * the sums of all layers, and then each layer is fitted to its sums over all parts.
 */
public interface LayerGroup extends Serializable {

    /**
     * Returns the group's name for progress, such as {@code layers 1 to 4 of 12}.
     *
     * @return the name
     */
    String getName();

    /**
     * Returns the number of layers.
     *
     * @return the number, at least 1
     */
    int size();

    /**
     * Returns the parts that contribute to the sums.
     *
     * @return their numbers, in increasing order; at least one
     */
    int[] getParts();

    /**
     * Runs the model on one part, and sums up the layers' inputs and outputs.
     *
     * @param part the part's number
     * @param block a copy of the dense model
     * @param samples the part's samples
     * @return the sums of each layer, in order; they are copied to the heap one by one. Close the
     *     stream to free the rest
     * @throws IllegalStateException if the samples are not those that were observed
     */
    Stream<LayerSums> sum(int part, Block block, Iterable<NDList> samples);

    /**
     * Finds the mask of a layer and fits its kept weights.
     *
     * @param layer the layer's index in the group
     * @param sums its sums over all parts
     * @param block a copy of the dense model
     * @return the result
     * @throws IllegalArgumentException if a weight or a sum is not finite; the message names the
     *     layer
     */
    FittedLayer fit(int layer, LayerSums sums, Block block);
}
