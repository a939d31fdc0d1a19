package org.djlsparse.spark;

/**
 * How the driver moves the weights at the end of a round. It sees the step that the tasks took
 * together, from the weights at the round's start to the average of the tasks' weights.
 *
 * <p>It applies to trainable parameters. Others, such as the running statistics of batch norm, take
 * the average: an overshooting variance might be negative. The state of the tasks' own optimizers
 * is averaged, too.
 */
public final class OuterOptimizer {

    private static final OuterOptimizer AVERAGE = new OuterOptimizer("average", 1, 0);

    private final String name;
    private final float rate;
    private final float momentum;

    private OuterOptimizer(String name, float rate, float momentum) {
        this.name = name;
        this.rate = rate;
        this.momentum = momentum;
    }

    /**
     * Returns the average itself: local SGD (Stich, "Local SGD converges fast and communicates
     * little", ICLR 2019).
     *
     * @return the optimizer
     */
    public static OuterOptimizer average() {
        return AVERAGE;
    }

    /**
     * Returns SGD with Nesterov momentum on the difference {@code d = start - average}, as in
     * DiLoCo (Douillard et al. 2023, arXiv 2311.08105, who use rate 0.7 and momentum 0.9 with
     * rounds of 500 steps of AdamW): {@code v = momentum * v + d; weight = start - rate * (d +
     * momentum * v)}.
     *
     * <p>With {@code nesterov(1, 0)}, weights equal the average up to rounding.
     *
     * @param rate the learning rate, above 0
     * @param momentum the momentum, from 0 to less than 1
     * @return the optimizer
     * @throws IllegalArgumentException if an argument is out of its range
     */
    public static OuterOptimizer nesterov(float rate, float momentum) {
        if (!(rate > 0 && rate < Float.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("rate " + rate + ": must be a number above 0");
        }
        if (!(momentum >= 0 && momentum < 1)) {
            throw new IllegalArgumentException(
                    "momentum " + momentum + ": must be from 0 to less than 1");
        }
        return new OuterOptimizer("nesterov(" + rate + ", " + momentum + ")", rate, momentum);
    }

    boolean isAverage() {
        return this == AVERAGE;
    }

    /**
     * Moves one parameter, in single precision.
     *
     * @param start the values at the start of the round
     * @param average the average; takes the new values
     * @param velocity v of the round before; takes the new one
     */
    void step(float[] start, float[] average, float[] velocity) {
        for (int i = 0; i < start.length; i++) {
            float difference = start[i] - average[i];
            velocity[i] = momentum * velocity[i] + difference;
            average[i] = start[i] - rate * (difference + momentum * velocity[i]);
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
