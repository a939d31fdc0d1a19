package org.djlsparse.spark;

import ai.djl.nn.Block;

import java.io.Serializable;

/**
 * Builds a model on each machine of a cluster. The factory is sent there, so it must be
 * serializable: a lambda that uses only serializable values is.
 */
@FunctionalInterface
public interface BlockFactory extends Serializable {

    /**
     * Builds the model: the same blocks, with parameters of the same names and shapes, at each call
     * on each machine. It need not be initialized, because it gets the values of the model on the
     * driver.
     *
     * @return a new block, which nothing else uses; it is closed after use
     */
    Block newBlock();
}
