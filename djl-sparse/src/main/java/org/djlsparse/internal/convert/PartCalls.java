package org.djlsparse.internal.convert;

import java.io.Serializable;

/** The calls of layers on one part of the samples. Immutable. */
public final class PartCalls implements Serializable {

    private static final long serialVersionUID = 1;

    private final long samples;
    private final long[] positions;
    private final int[] order;

    /**
     * Creates a result.
     *
     * @param samples the number of samples
     * @param positions the number of positions of each layer's output
     * @param order the indices of the called layers, in the order of their first calls
     */
    public PartCalls(long samples, long[] positions, int[] order) {
        this.samples = samples;
        this.positions = positions.clone();
        this.order = order.clone();
    }

    /**
     * Returns the number of samples.
     *
     * @return the number; 0 for an empty part
     */
    public long getSamples() {
        return samples;
    }

    /**
     * Returns the number of positions of a layer's output.
     *
     * @param layer the layer's index
     * @return the number, such as samples times tokens
     */
    public long getPositions(int layer) {
        return positions[layer];
    }

    /**
     * Returns the called layers.
     *
     * @return their indices, in the order of their first calls
     */
    public int[] getOrder() {
        return order.clone();
    }
}
