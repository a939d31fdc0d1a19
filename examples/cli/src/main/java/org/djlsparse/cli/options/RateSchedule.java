package org.djlsparse.cli.options;

/** The courses of the learning rate. */
public enum RateSchedule {
    /** The highest rate at all steps. */
    CONSTANT,
    /** A cosine from the highest to the final rate. */
    COSINE,
    /** A linear rise over a tenth of the steps, then a cosine to the final rate. */
    WARMUP_COSINE;

    @Override
    public String toString() {
        return Names.of(this);
    }
}
