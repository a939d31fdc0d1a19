package org.djlsparse.cli.options;

/** The ways to compute the gradients of weights. */
public enum GradientKind {
    /** From all entries of the output's gradient. */
    EXACT,
    /** From the output's gradient, sampled to 2:4 along the rows. */
    SAMPLED;

    @Override
    public String toString() {
        return Names.of(this);
    }
}
