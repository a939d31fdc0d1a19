package org.djlsparse.cli.task;

import java.util.Locale;

/** The quality of a trained model. */
public enum Metric {
    /** The loss in bits; lower is better. */
    BITS_PER_CHARACTER("bits per character", "lower is better"),
    /** The share of correctly classified images; higher is better. */
    ACCURACY("accuracy", "higher is better");

    private final String title;
    private final String direction;

    Metric(String title, String direction) {
        this.title = title;
        this.direction = direction;
    }

    /**
     * Computes the metric.
     *
     * @param loss the mean cross-entropy in nats
     * @param hitRate the share of targets with the highest logit
     * @return the metric
     */
    public double of(double loss, double hitRate) {
        return this == ACCURACY ? hitRate : toBits(loss);
    }

    /**
     * Returns the name of the metric for people.
     *
     * @return a title for an axis or a column
     */
    public String getTitle() {
        return title;
    }

    /**
     * Returns the direction of improvement.
     *
     * @return "lower is better" or "higher is better"
     */
    public String getDirection() {
        return direction;
    }

    /**
     * Converts nats to bits.
     *
     * @param nats a cross-entropy in nats, as DJL computes it
     * @return the cross-entropy in bits
     */
    public static double toBits(double nats) {
        return nats / Math.log(2);
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
