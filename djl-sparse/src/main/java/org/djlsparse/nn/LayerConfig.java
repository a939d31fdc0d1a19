package org.djlsparse.nn;

/** What becomes of the layers that a selector chooses: masks, or none. */
public sealed interface LayerConfig permits MaskConfig, DenseConfig {

    /**
     * Returns which layers are meant.
     *
     * @return the selector
     */
    LayerSelector selector();
}
