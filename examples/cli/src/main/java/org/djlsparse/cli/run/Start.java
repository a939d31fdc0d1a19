package org.djlsparse.cli.run;

import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;

import org.djlsparse.cli.task.Task;

import java.io.IOException;

/** Creates the model with which a run starts. */
@FunctionalInterface
public interface Start {

    /** Starts with random weights. */
    Start RANDOM = (task, manager) -> task.newBlock();

    /**
     * Creates the model.
     *
     * @param task the task of the model
     * @param manager the owner of weights that are loaded
     * @return a block with weights, or one that is not initialized
     * @throws IOException if weights cannot be read
     */
    Block newBlock(Task task, NDManager manager) throws IOException;
}
