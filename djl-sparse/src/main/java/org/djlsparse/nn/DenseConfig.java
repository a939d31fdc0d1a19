package org.djlsparse.nn;

/**
 * Leaves layers dense.
 *
 * @param selector chooses the layers
 */
public record DenseConfig(LayerSelector selector) implements LayerConfig {}
