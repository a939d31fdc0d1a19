package org.djlsparse.cli.study;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/**
 * A variant at one width over all seeds.
 *
 * @param variant the variant's name
 * @param width the factor of the widths of the model's layers
 * @param parameters the number of the model's parameters
 * @param keptParameters the number of these that are not pruned at the end
 * @param metric the task's metric
 * @param loss the loss, in nats
 * @param difference the metric minus that of dense of the same width, paired seed by seed; null for
 *     dense
 * @param lossDifference the loss minus that of dense, paired likewise; null for dense
 * @param lastTenth mean change of the metric over the last tenth of the steps
 * @param trainingLoss mean training loss of the last tenth of the steps
 * @param keptMagnitude mean kept magnitude at the last refresh; null for dense
 * @param flipRate mean flip rate of the last refresh; null if there was at most one
 * @param secondsPerStep mean time of a step
 * @param refreshShare mean share of the training time that refreshes took; null for dense
 * @param valid whether the masks of all runs were valid; null for dense
 * @param log10Masks the logarithm of the number of masks of a block; null if it explains nothing
 * @param log10Formula the logarithm of the paper's formula; null likewise
 */
public record VariantSummary(
        String variant,
        double width,
        long parameters,
        long keptParameters,
        Estimate metric,
        Estimate loss,
        @Nullable Estimate difference,
        @Nullable Estimate lossDifference,
        double lastTenth,
        double trainingLoss,
        @Nullable Double keptMagnitude,
        @Nullable Double flipRate,
        double secondsPerStep,
        @Nullable Double refreshShare,
        @Nullable Boolean valid,
        @Nullable Double log10Masks,
        @Nullable Double log10Formula) {

    /**
     * Summarizes a variant.
     *
     * @param variant the variant
     * @param runs the runs of the variant at one width, one per seed
     * @param dense the dense runs of the same seeds and width, in the same order
     * @param side the side of the block whose masks are counted
     */
    static VariantSummary of(Variant variant, List<StudyRun> runs, List<StudyRun> dense, int side) {
        StudyRun first = runs.get(0);
        boolean masked = variant.pattern() != null;
        boolean counted = variant.hasDiversity();
        return new VariantSummary(
                variant.name(),
                first.width(),
                first.parameters(),
                first.keptParameters(),
                Estimate.of(runs.stream().mapToDouble(StudyRun::metric).toArray()),
                Estimate.of(runs.stream().mapToDouble(StudyRun::loss).toArray()),
                masked ? difference(runs, dense, StudyRun::metric) : null,
                masked ? difference(runs, dense, StudyRun::loss) : null,
                runs.stream().mapToDouble(StudyRun::lastTenth).average().orElseThrow(),
                runs.stream().mapToDouble(StudyRun::trainingLoss).average().orElseThrow(),
                mean(runs, StudyRun::keptMagnitude),
                mean(runs, StudyRun::flipRate),
                runs.stream().mapToDouble(StudyRun::secondsPerStep).average().orElseThrow(),
                mean(runs, StudyRun::refreshShare),
                masked ? runs.stream().allMatch(run -> Boolean.TRUE.equals(run.valid())) : null,
                counted ? Logarithm.base10(variant.countMasks(side)) : null,
                counted ? Logarithm.base10(variant.paperFormula(side)) : null);
    }

    private static Estimate difference(
            List<StudyRun> runs, List<StudyRun> dense, ToDoubleFunction<StudyRun> value) {
        double[] differences = new double[runs.size()];
        for (int i = 0; i < differences.length; i++) {
            differences[i] = value.applyAsDouble(runs.get(i)) - value.applyAsDouble(dense.get(i));
        }
        return Estimate.of(differences);
    }

    /** Returns the mean over the runs; null unless all have the value. */
    private static @Nullable Double mean(
            List<StudyRun> runs, Function<StudyRun, @Nullable Double> value) {
        double sum = 0;
        for (StudyRun run : runs) {
            Double term = value.apply(run);
            if (term == null) {
                return null;
            }
            sum += term;
        }
        return sum / runs.size();
    }
}
