package org.djlsparse.cli.task;

import java.util.Locale;

/** The figure by which a trained model is judged. */
public enum Metric {
    /** The loss in bits: lower is better. */
    BITS_PER_CHARACTER("bits per character", "lower is better"),
    /** The share of images named rightly: higher is better. */
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
     * @param hitRate the share of targets that got the highest logit
     * @return the metric
     */
    public double of(double loss, double hitRate) {
        return this == ACCURACY ? hitRate : toBits(loss);
    }

    /**
     * Returns the metric in words.
     *
     * @return a title for an axis or a column
     */
    public String getTitle() {
        return title;
    }

    /**
     * Returns which way is better.
     *
     * @return "lower is better" or "higher is better"
     */
    public String getDirection() {
        return direction;
    }

    /**
     * Turns nats into bits.
     *
     * @param nats a cross-entropy as DJL computes it
     * @return the same in bits
     */
    public static double toBits(double nats) {
        return nats / Math.log(2);
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
