package org.djlsparse.convert;

/** Which inputs a layer's weights are fitted to. The targets are the dense model's outputs. */
public enum CalibrationMode {
    /**
     * The inputs in the dense model. All layers are fitted in one pass over the samples, as far as
     * memory allows, and none knows what the others have lost.
     */
    PARALLEL,
    /**
     * The inputs in the model as converted so far: each layer also makes up for what the layers
     * before it have lost. Takes two passes over the samples for each layer, up to that layer.
     */
    SEQUENTIAL
}
