package org.djlsparse.convert;

/**
 * Whether a layer is fitted to its inputs in the dense model or in the partly converted one. The
 * targets are the outputs of the dense model in each mode.
 */
public enum CalibrationMode {
    /**
     * The inputs in the dense model. All layers are fitted in one pass over the samples if memory
     * allows, and no layer compensates for the errors of the others.
     */
    PARALLEL,
    /**
     * The inputs in the model as converted so far, so that each layer also compensates for the
     * errors of the layers before it. Each layer needs two passes over the samples, up to that
     * layer.
     */
    SEQUENTIAL
}
