package org.djlsparse.cli.task;

import java.util.Locale;

/** The models that can be trained. */
public enum ModelName {
    /** A perceptron with two hidden layers. */
    MLP,
    /** LeNet-5: two convolutions, three linear layers. */
    LENET,
    /** A causal transformer over characters. */
    TRANSFORMER;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
