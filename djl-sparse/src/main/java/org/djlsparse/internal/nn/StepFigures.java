package org.djlsparse.internal.nn;

import org.djlsparse.training.LayerRefresh;

import java.util.List;

/**
 * The refresh of a training step, if it had one.
 *
 * @param refreshed the layers that were refreshed, in the model's order; empty if none were
 * @param refreshNanos the time of the refresh, in nanoseconds
 * @param stepNanos the time since the step's first forward pass began, in nanoseconds: forward,
 *     refresh and backward
 */
public record StepFigures(List<LayerRefresh> refreshed, long refreshNanos, long stepNanos) {

    /** Creates a record. */
    public StepFigures {
        refreshed = List.copyOf(refreshed);
    }

    /**
     * Returns the share of the step that the refresh took.
     *
     * @return from 0 to 1; 0 without a refresh
     */
    public double getRefreshShare() {
        return stepNanos <= 0 ? 0 : Math.min(1, (double) refreshNanos / stepNanos);
    }
}
