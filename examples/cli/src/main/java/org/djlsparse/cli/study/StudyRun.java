package org.djlsparse.cli.study;

import org.djlsparse.cli.run.LastRefresh;
import org.djlsparse.cli.run.RunResult;
import org.djlsparse.cli.run.SparseRun;
import org.jspecify.annotations.Nullable;

/**
 * A finished run of a study.
 *
 * @param variant the variant's name
 * @param seed the seed
 * @param loss the validation loss of the trained model, in nats
 * @param metric the task's metric of the trained model
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
        double loss,
        double metric,
        double secondsPerStep,
        long refreshes,
        @Nullable Double refreshShare,
        @Nullable Double keptMagnitude,
        @Nullable Double flipRate,
        @Nullable Boolean valid) {

    static StudyRun ofDense(Variant variant, int seed, RunResult result) {
        return new StudyRun(
                variant.name(),
                seed,
                result.finalScore().loss(),
                result.finalScore().metric(),
                secondsPerStep(result),
                0,
                null,
                null,
                null,
                null);
    }

    static StudyRun ofSparse(Variant variant, int seed, SparseRun run) {
        RunResult result = run.result();
        LastRefresh last = run.last();
        return new StudyRun(
                variant.name(),
                seed,
                result.finalScore().loss(),
                result.finalScore().metric(),
                secondsPerStep(result),
                run.report().refreshes(),
                run.report().refreshSeconds() / result.seconds(),
                last == null ? null : last.keptMagnitude(),
                last == null || last.report().refreshes() == 1 ? null : last.report().getFlipRate(),
                last == null ? null : variant.mask().isValid(last.report()));
    }

    private static double secondsPerStep(RunResult result) {
        return result.seconds() / result.stepSeconds().size();
    }
}
