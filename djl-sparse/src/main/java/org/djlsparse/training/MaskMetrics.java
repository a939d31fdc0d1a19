package org.djlsparse.training;

import ai.djl.metric.Metrics;

/**
 * The names under which the listener adds figures to a trainer's {@link Metrics}, if it has any.
 * Those of a layer carry its name as the dimension {@link #LAYER}. A rule's own figures, such as
 * {@code factor}, go under {@code mask-} and their name.
 */
public final class MaskMetrics {

    /** The share of entries that a refresh changed; for each layer and refresh. */
    public static final String FLIP_RATE = "mask-flip-rate";

    /** The kept share of the magnitude of a weight; for each layer and refresh. */
    public static final String KEPT_MAGNITUDE = "mask-kept-magnitude";

    /** The time of a step's refresh in nanoseconds, 0 without one; for each step. */
    public static final String REFRESH = "mask-refresh";

    /**
     * The share of the refresh in a step's time, from 0 to 1; for each step. The time runs from the
     * start of the forward pass to the end of the backward pass.
     */
    public static final String REFRESH_SHARE = "mask-refresh-share";

    /** The dimension that says which layer. */
    public static final String LAYER = "layer";

    private MaskMetrics() {}
}
