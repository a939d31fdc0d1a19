package org.djlsparse.cli.bench;

import org.djlsparse.cli.options.Names;

/** The timed part of a layer. */
public enum Product {
    /** The product of the forward pass, from a packed weight. */
    FORWARD,
    /** The product that gives the gradient of the input, from a packed weight. */
    INPUT_GRADIENT,
    /** The product that gives the gradient of the weight. */
    WEIGHT_GRADIENT,
    /** The layer in training: both passes, packing included. */
    LAYER,
    /** The product of the forward pass with a single row. */
    PREDICTION;

    @Override
    public String toString() {
        return Names.of(this).replace('-', ' ');
    }
}
