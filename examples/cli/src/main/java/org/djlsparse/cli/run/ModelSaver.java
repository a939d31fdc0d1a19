package org.djlsparse.cli.run;

import ai.djl.nn.Block;

import java.io.IOException;

/** Receives a trained model before it is closed. */
@FunctionalInterface
public interface ModelSaver {

    /** Saves nothing. */
    ModelSaver NONE = (name, block) -> {};

    /**
     * Saves a model.
     *
     * @param name the run's name
     * @param block the model, unwrapped
     * @throws IOException if the model cannot be written
     */
    void save(String name, Block block) throws IOException;
}
