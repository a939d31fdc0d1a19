package org.djlsparse.internal.nn;

import org.djlsparse.training.LayerRefresh;

import java.util.List;

/**
 * The figures of a training step and of its refresh, if it had one.
 *
 * @param refreshed the layers that were refreshed, in the model's order; empty if none were
 * @param refreshNanos the time of the refresh, in nanoseconds
 * @param stepNanos the time since the start of the step's first forward pass, in nanoseconds:
 *     forward pass, refresh and backward pass
 */
public record StepFigures(List<LayerRefresh> refreshed, long refreshNanos, long stepNanos) {

    /** Creates a record. */
    public StepFigures {
        refreshed = List.copyOf(refreshed);
    }

    /**
     * Returns the share of the step that the refresh took.
     *
     * @return the share, from 0 to 1; 0 without a refresh
     */
    public double getRefreshShare() {
        return stepNanos <= 0 ? 0 : Math.min(1, (double) refreshNanos / stepNanos);
    }
}
