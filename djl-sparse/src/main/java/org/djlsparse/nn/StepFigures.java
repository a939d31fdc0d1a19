package org.djlsparse.nn;

import java.util.List;

/**
 * What a training step did to the masks.
 *
 * @param refreshed the layers that were refreshed, in the model's order; empty if none were
 * @param refreshNanos the time that took, in nanoseconds
 * @param stepNanos the time since the step's first forward pass began, in nanoseconds: forward,
 *     refresh and backward
 */
public record StepFigures(List<RefreshFigures> refreshed, long refreshNanos, long stepNanos) {

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
