package org.djlsparse.cli.study;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.function.Function;

/**
 * A variant over all seeds.
 *
 * @param variant the variant's name
 * @param metric the task's metric
 * @param difference the metric minus that of dense, paired seed by seed; null for dense
 * @param keptMagnitude mean kept magnitude at the last refresh; null for dense
 * @param flipRate mean flip rate of the last refresh; null if there was at most one
 * @param secondsPerStep mean time of a step
 * @param refreshShare mean share of the training time that refreshes took; null for dense
 * @param valid whether the masks of all runs were valid; null for dense
 * @param log10Masks the logarithm of the number of masks of a block; null without dynamic masks
 * @param log10Formula the logarithm of the paper's formula; null without dynamic masks
 */
public record VariantSummary(
        String variant,
        Estimate metric,
        @Nullable Estimate difference,
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
     * @param runs the runs of the variant, one per seed
     * @param dense the dense runs of the same seeds, in the same order
     * @param side the side of the block whose masks are counted
     */
    static VariantSummary of(Variant variant, List<StudyRun> runs, List<StudyRun> dense, int side) {
        double[] metrics = runs.stream().mapToDouble(StudyRun::metric).toArray();
        double[] differences = new double[metrics.length];
        for (int i = 0; i < metrics.length; i++) {
            differences[i] = metrics[i] - dense.get(i).metric();
        }
        boolean masked = variant.pattern() != null;
        boolean counted = variant.hasDiversity();
        return new VariantSummary(
                variant.name(),
                Estimate.of(metrics),
                masked ? Estimate.of(differences) : null,
                mean(runs, StudyRun::keptMagnitude),
                mean(runs, StudyRun::flipRate),
                runs.stream().mapToDouble(StudyRun::secondsPerStep).average().orElseThrow(),
                mean(runs, StudyRun::refreshShare),
                masked ? runs.stream().allMatch(run -> Boolean.TRUE.equals(run.valid())) : null,
                counted ? Logarithm.base10(variant.countMasks(side)) : null,
                counted ? Logarithm.base10(variant.paperFormula(side)) : null);
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
