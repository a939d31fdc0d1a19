package org.djlsparse.cli.study;

import org.djlsparse.cli.task.Metric;
import org.djlsparse.mask.NmPattern;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * The outcome of a study. The components are the keys of its JSON.
 *
 * @param task the task
 * @param model the model
 * @param metricName the task's metric
 * @param steps the number of training steps
 * @param batch the number of examples per step
 * @param learningRate the highest learning rate
 * @param seeds the number of seeds, counted from 1
 * @param rule the gradient rule
 * @param lambda the rule's factor of decay; 0 if it has none
 * @param refreshEvery the number of steps between refreshes of dynamic masks
 * @param warmUp the number of dense steps at the start
 * @param denseFinish the number of dense steps at the end
 * @param variants each variant over all seeds
 * @param diversityBlock the side of the block in which masks are counted
 * @param correlationMasks Pearson's correlation of the difference to dense with the logarithm of
 *     the number of masks, over variants with dynamic masks; null if there are fewer than three
 * @param correlationFormula the same with the paper's formula
 * @param runs each run
 */
public record StudyReport(
        String task,
        String model,
        String metricName,
        int steps,
        int batch,
        float learningRate,
        int seeds,
        String rule,
        float lambda,
        int refreshEvery,
        int warmUp,
        int denseFinish,
        List<VariantSummary> variants,
        int diversityBlock,
        @Nullable Double correlationMasks,
        @Nullable Double correlationFormula,
        List<StudyRun> runs) {

    /** Creates a report. */
    public StudyReport {
        variants = List.copyOf(variants);
        runs = List.copyOf(runs);
    }

    /**
     * Summarizes a study.
     *
     * @param settings the settings
     * @param metric the task's metric
     * @param variants the variants, dense among them
     * @param seeds the number of seeds
     * @param runs a run for each variant and seed
     * @return the report
     */
    public static StudyReport of(
            StudySettings settings,
            Metric metric,
            List<Variant> variants,
            int seeds,
            List<StudyRun> runs) {
        int side = commonBlock(variants);
        List<StudyRun> dense = runsOf(Variant.DENSE, runs);
        List<VariantSummary> summaries = new ArrayList<>();
        for (Variant variant : variants) {
            summaries.add(VariantSummary.of(variant, runsOf(variant, runs), dense, side));
        }
        return new StudyReport(
                settings.task().toString(),
                settings.model().toString(),
                metric.toString(),
                settings.steps(),
                settings.batch(),
                settings.learningRate(),
                seeds,
                settings.rule().toString(),
                settings.lambda(),
                settings.refreshEvery(),
                settings.warmUp(),
                settings.denseFinish(),
                summaries,
                side,
                correlation(summaries, VariantSummary::log10Masks),
                correlation(summaries, VariantSummary::log10Formula),
                runs);
    }

    private static List<StudyRun> runsOf(Variant variant, List<StudyRun> runs) {
        return runs.stream().filter(run -> run.variant().equals(variant.name())).toList();
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
