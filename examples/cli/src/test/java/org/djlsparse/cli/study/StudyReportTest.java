package org.djlsparse.cli.study;

import org.djlsparse.cli.options.LayerKind;
import org.djlsparse.cli.options.OptimizerName;
import org.djlsparse.cli.options.RateSchedule;
import org.djlsparse.cli.report.StudyTable;
import org.djlsparse.cli.task.DataPart;
import org.djlsparse.cli.task.Metric;
import org.djlsparse.cli.task.ModelName;
import org.djlsparse.cli.task.TaskName;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

/** The figures of a study against those computed by hand. */
class StudyReportTest {

    private static final StudySettings SETTINGS = settings(TaskName.MNIST);
    private static final List<Double> ONE = List.of(1.0);

    static StudySettings settings(TaskName task) {
        return new StudySettings(
                task,
                ModelName.LENET,
                null,
                null,
                DataPart.TEST,
                10,
                64,
                OptimizerName.ADAMW,
                RateSchedule.COSINE,
                0.01f,
                0.5f,
                0,
                "r",
                LayerKind.ALL,
                false,
                false,
                null,
                null,
                80,
                20);
    }

    @Test
    void pairsRunsBySeed() {
        List<Variant> variants = List.of(variant("dense"), variant("static-2:4"));
        List<StudyRun> runs =
                List.of(
                        run("dense", 1, 0.90),
                        run("static-2:4", 1, 0.80),
                        run("dense", 2, 0.50),
                        run("static-2:4", 2, 0.44),
                        run("dense", 3, 0.70),
                        run("static-2:4", 3, 0.68));

        StudyReport report =
                StudyReport.of(SETTINGS, Metric.ACCURACY, variants, List.of(1, 2, 3), ONE, runs);

        VariantSummary dense = report.variants().get(0);
        assertThat(dense.metric().mean()).isCloseTo(0.7, within(1e-15));
        // Deviations 0.2, -0.2, 0.
        assertThat(dense.metric().standardError()).isCloseTo(Math.sqrt(0.08 / 6), within(1e-15));
        assertThat(dense.difference()).isNull();
        assertThat(dense.valid()).isNull();
        VariantSummary fixed = report.variants().get(1);
        // -0.10, -0.06, -0.02: without the spread between seeds.
        assertThat(fixed.difference()).isNotNull();
        assertThat(fixed.difference().mean()).isCloseTo(-0.06, within(1e-15));
        assertThat(fixed.difference().standardError())
                .isCloseTo(Math.sqrt(0.0032 / 6), within(1e-15));
        assertThat(fixed.lossDifference()).isNotNull();
        assertThat(fixed.lossDifference().mean()).isZero();
        assertThat(fixed.keptParameters()).isEqualTo(60);
        assertThat(report.epochs()).isEqualTo(8);
        assertThat(report.hasWidths()).isFalse();
        assertThat(fixed.keptMagnitude()).isCloseTo(0.72, within(1e-15));
        assertThat(fixed.secondsPerStep()).isCloseTo(0.2, within(1e-15));
        assertThat(fixed.valid()).isTrue();
        assertThat(fixed.log10Masks()).as("static masks have no diversity of their own").isNull();
        assertThat(report.correlationMasks()).isNull();
    }

    @Test
    void correlatesWithDiversityOnACommonBlock() {
        List<StudyRun> runs = new ArrayList<>();
        for (int i = 0; i < Variant.ALL.size(); i++) {
            runs.add(run(Variant.ALL.get(i).name(), 1, 0.9 - 0.1 * i));
        }

        StudyReport report =
                StudyReport.of(SETTINGS, Metric.ACCURACY, Variant.ALL, List.of(1), ONE, runs);

        // A 16 x 16 block: 64 groups of 6 masks; 16 tiles of 90; 4 of 116963796250.
        assertThat(report.diversityBlock()).isEqualTo(16);
        assertThat(report.variants().get(1).log10Masks())
                .isCloseTo(64 * Math.log10(6), within(1e-9));
        assertThat(report.variants().get(1).log10Formula())
                .isEqualTo(report.variants().get(1).log10Masks());
        assertThat(report.variants().get(2).log10Masks())
                .isCloseTo(16 * Math.log10(90), within(1e-9));
        // The formula: 4! 3! per tile.
        assertThat(report.variants().get(2).log10Formula())
                .isCloseTo(16 * Math.log10(144), within(1e-9));
        assertThat(report.variants().get(3).log10Masks())
                .isCloseTo(4 * Math.log10(116_963_796_250.0), within(1e-9));
        double[] x =
                report.variants().subList(1, 5).stream()
                        .mapToDouble(VariantSummary::log10Masks)
                        .toArray();
        assertThat(report.correlationMasks())
                .isCloseTo(pearson(x, new double[] {-0.1, -0.2, -0.3, -0.4}), within(1e-12));
        assertThat(StudyTable.of(report, Metric.ACCURACY))
                .containsPattern("transposable-4:8 +60 +0\\.6000 +- +-0\\.3000 .* 71\\.0% .*yes")
                .contains(
                        "the number of masks of a 16 x 16 block: "
                                + rounded(report.correlationMasks()))
                .contains("the paper's formula: " + rounded(report.correlationFormula()));
    }

    @Test
    void comparesWithDenseOfTheSameWidth() {
        List<Variant> variants = List.of(variant("dense"), variant("row-2:4"));
        List<StudyRun> runs =
                List.of(
                        run("dense", 1, 0.5, 0.7),
                        run("row-2:4", 1, 0.5, 0.6),
                        run("dense", 1, 2, 0.9),
                        run("row-2:4", 1, 2, 0.95));

        StudyReport report =
                StudyReport.of(
                        SETTINGS, Metric.ACCURACY, variants, List.of(1), List.of(0.5, 2.0), runs);

        assertThat(report.hasWidths()).isTrue();
        assertThat(report.firstWidth()).hasSize(2);
        assertThat(report.variants().stream().map(VariantSummary::width))
                .containsExactly(0.5, 0.5, 2.0, 2.0);
        assertThat(Objects.requireNonNull(report.variants().get(1).difference()).mean())
                .isCloseTo(-0.1, within(1e-12));
        assertThat(Objects.requireNonNull(report.variants().get(3).difference()).mean())
                .isCloseTo(0.05, within(1e-12));
        assertThat(StudyTable.of(report, Metric.ACCURACY)).contains("row-2:4, width 2.0");
    }

    /** The textbook's other formula, with sums instead of deviations. */
    private static double pearson(double[] x, double[] y) {
        double n = x.length;
        double sumX = 0;
        double sumY = 0;
        double sumXx = 0;
        double sumXy = 0;
        double sumYy = 0;
        for (int i = 0; i < n; i++) {
            sumX += x[i];
            sumY += y[i];
            sumXx += x[i] * x[i];
            sumXy += x[i] * y[i];
            sumYy += y[i] * y[i];
        }
        return (n * sumXy - sumX * sumY)
                / Math.sqrt((n * sumXx - sumX * sumX) * (n * sumYy - sumY * sumY));
    }

    private static String rounded(@Nullable Double value) {
        return BigDecimal.valueOf(Objects.requireNonNull(value))
                .setScale(3, RoundingMode.HALF_UP)
                .toString();
    }

    private static Variant variant(String name) {
        return Variant.ALL.stream().filter(v -> v.name().equals(name)).findFirst().orElseThrow();
    }

    private static StudyRun run(String variant, int seed, double metric) {
        return run(variant, seed, 1, metric);
    }

    private static StudyRun run(String variant, int seed, double width, double metric) {
        boolean dense = variant.equals("dense");
        return new StudyRun(
                variant,
                seed,
                width,
                100,
                dense ? 100 : 60,
                0.5,
                metric,
                0.01,
                0.2,
                0.1 * seed,
                dense ? 0 : 1,
                dense ? null : 0.01,
                dense ? null : 0.7 + 0.01 * seed,
                null,
                dense ? null : true);
    }
}
