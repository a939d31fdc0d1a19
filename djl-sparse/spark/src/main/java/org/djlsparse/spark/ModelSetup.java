package org.djlsparse.spark;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.training.DefaultTrainingConfig;

import java.util.List;

/**
 * A model and how it is trained.
 *
 * @param block the plain block, not wrapped by a Sparsifier; its parameters must be 32-bit floats
 * @param config the loss, the optimizer, the initializers and the devices. Its listeners are
 *     notified in each task, and never of an epoch; its evaluators serve the driver
 * @param inputShapes the shapes of the block's inputs, with any batch size
 */
public record ModelSetup(Block block, DefaultTrainingConfig config, List<Shape> inputShapes) {

    /** Creates a setup. */
    public ModelSetup {
        inputShapes = List.copyOf(inputShapes);
    }

    /**
     * Creates a setup.
     *
     * @param block the plain block
     * @param config the loss, the optimizer, the initializers and the devices
     * @param inputShapes the shapes of the block's inputs, with any batch size
     */
    public ModelSetup(Block block, DefaultTrainingConfig config, Shape... inputShapes) {
        this(block, config, List.of(inputShapes));
    }
}
