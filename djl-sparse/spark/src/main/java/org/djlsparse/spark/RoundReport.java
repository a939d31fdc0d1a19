package org.djlsparse.spark;

import org.djlsparse.training.LayerRefresh;

import java.util.List;

/**
 * The figures of one round.
 *
 * @param round the round, from 0 on
 * @param step the number of steps of each task so far, with those of this round
 * @param examples the number of examples on which the tasks trained in this round
 * @param losses the mean loss of each task's batches, in the order of the tasks; of the weights
 *     before each step
 * @param seconds the duration of the whole round
 * @param trainingSeconds the duration of the slowest task, without Spark's part: the model's
 *     creation, the steps, and the way of the state to and from the model
 * @param refreshSeconds the duration of the masks' refresh on the driver; 0 without one
 * @param sentBytes the size of the state that the tasks read, summed over the tasks. Spark may
 *     compress it
 * @param returnedBytes the size of the state that the tasks returned, summed over the tasks
 * @param denseBytes what both would be if all entries were exchanged ({@link Exchange#ALL})
 * @param refreshed the refresh of each layer, with its flip rate; empty without one
 */
public record RoundReport(
        int round,
        long step,
        long examples,
        List<Double> losses,
        double seconds,
        double trainingSeconds,
        double refreshSeconds,
        long sentBytes,
        long returnedBytes,
        long denseBytes,
        List<LayerRefresh> refreshed) {

    /** Creates a report. */
    public RoundReport {
        losses = List.copyOf(losses);
        refreshed = List.copyOf(refreshed);
    }

    /**
     * Returns the mean loss of all tasks.
     *
     * @return the mean of {@link #losses}
     */
    public double getLoss() {
        return losses.stream().mapToDouble(Double::doubleValue).average().orElse(Double.NaN);
    }
}
