package org.djlsparse.cli.task;

import org.djlsparse.cli.options.Names;

/** The models that tasks train. */
public enum ModelName {
    /** A perceptron with two hidden layers. */
    MLP,
    /** LeNet-5: two convolutions, three linear layers. */
    LENET,
    /** A causal transformer over characters. */
    TRANSFORMER;

    @Override
    public String toString() {
        return Names.of(this);
    }
}
