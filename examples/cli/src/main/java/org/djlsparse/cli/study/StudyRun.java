package org.djlsparse.cli.study;

import org.djlsparse.cli.run.LastRefresh;
import org.djlsparse.cli.run.RunResult;
import org.djlsparse.cli.run.SparseRun;
import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * A finished run of a study.
 *
 * @param variant the variant's name
 * @param seed the seed
 * @param width the factor of the widths of the model's layers
 * @param parameters the number of the model's parameters
 * @param keptParameters the number of these that are not pruned at the end
 * @param loss the loss of the trained model on the data for evaluation, in nats
 * @param metric the task's metric of the trained model on the same data
 * @param lastTenth the change of the metric over the last tenth of the steps
 * @param trainingLoss the mean training loss of the last tenth of the steps, in nats
 * @param secondsPerStep the mean time of a step
 * @param refreshes the number of refreshes
 * @param refreshShare the share of the training time that refreshes took; null for dense
 * @param keptMagnitude kept |w| over all |w| at the last refresh; null for dense
 * @param flipRate the share of entries that the last refresh changed; null before the second masks
 * @param valid whether the last masks were valid in the directions that the variant guarantees;
 *     null for dense
 */
public record StudyRun(
        String variant,
        int seed,
        double width,
        long parameters,
        long keptParameters,
        double loss,
        double metric,
        double lastTenth,
        double trainingLoss,
        double secondsPerStep,
        long refreshes,
        @Nullable Double refreshShare,
        @Nullable Double keptMagnitude,
        @Nullable Double flipRate,
        @Nullable Boolean valid) {

    static StudyRun ofDense(Variant variant, int seed, double width, RunResult result) {
        return new StudyRun(
                variant.name(),
                seed,
                width,
                result.parameters(),
                result.parameters(),
                result.finalScore().loss(),
                result.finalScore().metric(),
                lastTenth(result),
                trainingLoss(result),
                secondsPerStep(result),
                0,
                null,
                null,
                null,
                null);
    }

    static StudyRun ofSparse(Variant variant, int seed, double width, SparseRun run) {
        RunResult result = run.result();
        LastRefresh last = run.last();
        return new StudyRun(
                variant.name(),
                seed,
                width,
                result.parameters(),
                result.parameters() - run.prunedParameters(),
                result.finalScore().loss(),
                result.finalScore().metric(),
                lastTenth(result),
                trainingLoss(result),
                secondsPerStep(result),
                run.report().refreshes(),
                run.report().refreshSeconds() / result.seconds(),
                last == null ? null : last.keptMagnitude(),
                last == null || last.report().refreshes() == 1 ? null : last.report().getFlipRate(),
                last == null ? null : variant.mask().isValid(last.report()));
    }

    private static double lastTenth(RunResult result) {
        return result.finalScore().metric() - result.scores().get(0).metric();
    }

    private static double trainingLoss(RunResult result) {
        List<Double> losses = result.losses();
        int count = Math.max(1, losses.size() / 10);
        return losses.subList(losses.size() - count, losses.size()).stream()
                .mapToDouble(Double::doubleValue)
                .average()
                .orElseThrow();
    }

    private static double secondsPerStep(RunResult result) {
        return result.seconds() / result.stepSeconds().size();
    }
}
