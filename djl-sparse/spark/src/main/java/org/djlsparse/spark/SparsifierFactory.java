package org.djlsparse.spark;

import org.djlsparse.Sparsifier;

import java.io.Serializable;

/**
 * Creates the settings of the Sparsifier, on the driver and in each task. A factory, because rules
 * may have state, which each Sparsifier needs for itself.
 */
@FunctionalInterface
public interface SparsifierFactory extends Serializable {

    /**
     * Creates a builder.
     *
     * @return a new builder with its pattern set; always with the same settings
     */
    Sparsifier.Builder newBuilder();
}
