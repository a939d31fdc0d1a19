package org.djlsparse.cli.task;

import org.djlsparse.cli.options.Names;

/** The models that tasks train. */
public enum ModelName {
    /** A small residual network: ReLU and batch norm. */
    RESNET,
    /** A perceptron with ReLU and dropout. */
    MLP,
    /** LeNet-5 with sigmoids: two convolutions, three linear layers. */
    LENET,
    /** A causal transformer over characters. */
    TRANSFORMER;

    @Override
    public String toString() {
        return Names.of(this);
    }
}
