package org.djlsparse.training;

import ai.djl.metric.Metrics;

/**
 * The names of the metrics that the listener adds to a trainer's {@link Metrics}, if it has any.
 * Metrics of a layer have its name as the dimension {@link #LAYER}. The figures of a rule, such as
 * {@code factor}, have the name {@code mask-} followed by the name of the figure.
 */
public final class MaskMetrics {

    /** The fraction of entries that a refresh changed; for each layer and refresh. */
    public static final String FLIP_RATE = "mask-flip-rate";

    /** The fraction of a weight's magnitude that its mask keeps; for each layer and refresh. */
    public static final String KEPT_MAGNITUDE = "mask-kept-magnitude";

    /** The time of a step's refresh in nanoseconds, 0 without a refresh; for each step. */
    public static final String REFRESH = "mask-refresh";

    /**
     * The fraction of a step's time that its refresh takes, from 0 to 1; for each step. The time of
     * a step is measured from the start of the forward pass to the end of the backward pass.
     */
    public static final String REFRESH_SHARE = "mask-refresh-share";

    /** The dimension that holds the name of the layer. */
    public static final String LAYER = "layer";

    private MaskMetrics() {}
}
