package org.djlsparse.cli.run;

import ai.djl.nn.Block;

import java.io.IOException;

/** Takes a trained model before it is closed. */
@FunctionalInterface
public interface ModelSaver {

    /** Keeps nothing. */
    ModelSaver NONE = (name, block) -> {};

    /**
     * Saves a model.
     *
     * @param name the run's name
     * @param block the model, plain DJL
     * @throws IOException if it cannot be written
     */
    void save(String name, Block block) throws IOException;
}
