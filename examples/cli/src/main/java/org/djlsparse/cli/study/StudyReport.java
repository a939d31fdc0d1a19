package org.djlsparse.cli.study;

import org.djlsparse.cli.task.Metric;
import org.djlsparse.mask.NmPattern;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * The results of a study. The components are the keys of its JSON.
 *
 * @param settings the settings of all runs
 * @param epochs the length of a run in passes over the training data
 * @param metricName the name of the metric
 * @param seeds the seeds
 * @param variants each variant over all seeds, width by width
 * @param diversityBlock the side of the block in which masks are counted
 * @param correlationMasks Pearson's correlation of the difference to dense with the logarithm of
 *     the number of masks, over the variants of the first width with refreshed masks under the
 *     study's recipe; null if there are fewer than three
 * @param correlationFormula the same with the paper's formula
 * @param runs each run
 */
public record StudyReport(
        StudySettings settings,
        double epochs,
        String metricName,
        List<Integer> seeds,
        List<VariantSummary> variants,
        int diversityBlock,
        @Nullable Double correlationMasks,
        @Nullable Double correlationFormula,
        List<StudyRun> runs) {

    /** Creates a report. */
    public StudyReport {
        seeds = List.copyOf(seeds);
        variants = List.copyOf(variants);
        runs = List.copyOf(runs);
    }

    /**
     * Summarizes a study.
     *
     * @param settings the settings
     * @param metric the task's metric
     * @param variants the variants, dense among them
     * @param seeds the seeds
     * @param widths the widths
     * @param runs a run for each variant, width and seed
     * @return the report
     */
    public static StudyReport of(
            StudySettings settings,
            Metric metric,
            List<Variant> variants,
            List<Integer> seeds,
            List<Double> widths,
            List<StudyRun> runs) {
        int side = commonBlock(variants);
        List<VariantSummary> summaries = new ArrayList<>();
        for (double width : widths) {
            List<StudyRun> dense = runsOf(Variant.DENSE, width, runs);
            for (Variant variant : variants) {
                summaries.add(
                        VariantSummary.of(variant, runsOf(variant, width, runs), dense, side));
            }
        }
        List<VariantSummary> first = summaries.subList(0, variants.size());
        return new StudyReport(
                settings,
                settings.epochs(),
                metric.toString(),
                seeds,
                summaries,
                side,
                correlation(first, VariantSummary::log10Masks),
                correlation(first, VariantSummary::log10Formula),
                runs);
    }

    private static List<StudyRun> runsOf(Variant variant, double width, List<StudyRun> runs) {
        return runs.stream()
                .filter(run -> run.variant().equals(variant.name()) && run.width() == width)
                .toList();
    }

    /**
     * Returns the variants of the first width.
     *
     * @return their summaries, dense first
     */
    public List<VariantSummary> firstWidth() {
        double width = variants.get(0).width();
        return variants.stream().filter(variant -> variant.width() == width).toList();
    }

    /**
     * Returns whether the study compares widths.
     *
     * @return {@code true} if it has more than one
     */
    public boolean hasWidths() {
        return firstWidth().size() < variants.size();
    }

    /** Returns the side of the smallest block of whole tiles of every variant; 1 without masks. */
    private static int commonBlock(List<Variant> variants) {
        int side = 1;
        for (Variant variant : variants) {
            NmPattern pattern = variant.pattern();
            if (pattern != null) {
                int multiple = side;
                while (multiple % pattern.m() != 0) {
                    multiple += side;
                }
                side = multiple;
            }
        }
        return side;
    }

    private static @Nullable Double correlation(
            List<VariantSummary> summaries, Function<VariantSummary, @Nullable Double> diversity) {
        List<Double> x = new ArrayList<>();
        List<Double> y = new ArrayList<>();
        for (VariantSummary summary : summaries) {
            Double value = diversity.apply(summary);
            Estimate difference = summary.difference();
            if (value != null && difference != null) {
                x.add(value);
                y.add(difference.mean());
            }
        }
        return Estimate.correlation(array(x), array(y));
    }

    private static double[] array(List<Double> values) {
        return values.stream().mapToDouble(Double::doubleValue).toArray();
    }
}
