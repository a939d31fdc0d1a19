package org.djlsparse.cli.model;

import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.Dropout;

/** Creates perceptrons: linear layers with ReLU and dropout. */
public final class Perceptron {

    private Perceptron() {}

    /**
     * Creates a perceptron.
     *
     * @param inputs the number of inputs
     * @param hidden the widths of the hidden layers
     * @param classes the number of outputs
     * @param dropout the rate of dropout after each hidden layer
     * @return a new block, not initialized
     */
    public static Block of(int inputs, int[] hidden, int classes, float dropout) {
        SequentialBlock block = new SequentialBlock().add(Blocks.batchFlattenBlock(inputs));
        for (int units : hidden) {
            block.add(Linear.builder().setUnits(units).build()).add(Activation::relu);
            if (dropout > 0) {
                block.add(Dropout.builder().optRate(dropout).build());
            }
        }
        return block.add(Linear.builder().setUnits(classes).build());
    }
}
