package org.djlsparse.cli.options;

/** The optimizers. */
public enum OptimizerName {
    /** Stochastic gradient descent with momentum 0.9. */
    SGD,
    /** Adam; weight decay enters the gradient. */
    ADAM,
    /** AdamW; weight decay is apart from the gradient. */
    ADAMW;

    @Override
    public String toString() {
        return Names.of(this);
    }
}
