package org.djlsparse.spark.cli;

import org.djlsparse.cli.options.MaskKind;
import org.djlsparse.cli.task.Metric;
import org.djlsparse.cli.task.ModelName;
import org.djlsparse.cli.task.TaskName;
import org.djlsparse.spark.RoundReport;

import java.util.List;

/**
 * A training for programs. The components are the keys of its JSON.
 *
 * @param task the task
 * @param model the model
 * @param pattern the pattern
 * @param mask the kind of the masks
 * @param seed the seed
 * @param tasks the number of tasks of a round
 * @param localSteps the number of steps of a round
 * @param steps the number of steps of all rounds
 * @param loss the validation loss of the trained model, in nats
 * @param metric its metric
 * @param metricName the name of the metric
 * @param density the kept share of the weights of all layers
 * @param valid whether the masks satisfy the pattern
 * @param rounds the rounds, without those before a resumed training
 */
record TrainJson(
        TaskName task,
        ModelName model,
        String pattern,
        MaskKind mask,
        int seed,
        int tasks,
        int localSteps,
        int steps,
        double loss,
        double metric,
        Metric metricName,
        double density,
        boolean valid,
        List<Round> rounds) {

    /**
     * A round.
     *
     * @param round the round, from 1 on
     * @param step the number of steps so far
     * @param examples the number of examples of all tasks in this round
     * @param loss the mean loss
     * @param seconds the duration
     * @param trainingSeconds that of the slowest task
     * @param refreshSeconds that of the masks' refresh
     * @param sentBytes what all tasks read
     * @param returnedBytes what all tasks returned
     * @param denseBytes what both would be with all entries
     */
    record Round(
            int round,
            long step,
            long examples,
            double loss,
            double seconds,
            double trainingSeconds,
            double refreshSeconds,
            long sentBytes,
            long returnedBytes,
            long denseBytes) {

        static Round of(RoundReport report) {
            return new Round(
                    report.round() + 1,
                    report.step(),
                    report.examples(),
                    report.getLoss(),
                    report.seconds(),
                    report.trainingSeconds(),
                    report.refreshSeconds(),
                    report.sentBytes(),
                    report.returnedBytes(),
                    report.denseBytes());
        }
    }
}
