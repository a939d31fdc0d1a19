package org.djlsparse.cli.report;

import org.djlsparse.cli.study.StudyReport;
import org.djlsparse.cli.study.VariantSummary;
import org.djlsparse.cli.task.Metric;
import org.jspecify.annotations.Nullable;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * Plots the metric of each variant over the size of the model: over the width, where equal widths
 * compare, or over the number of kept parameters, where equal memory compares.
 */
public final class WidthChart {

    private WidthChart() {}

    /**
     * Draws the metric over the width.
     *
     * @param report a study of several widths
     * @param metric the task's metric
     * @param title the title
     * @param file the PNG file to write
     * @throws IOException if it cannot be written
     */
    public static void overWidth(StudyReport report, Metric metric, String title, Path file)
            throws IOException {
        write(report, metric, title, "width", VariantSummary::width, file);
    }

    /**
     * Draws the metric over the number of kept parameters.
     *
     * @param report a study of several widths
     * @param metric the task's metric
     * @param title the title
     * @param file the PNG file to write
     * @throws IOException if it cannot be written
     */
    public static void overParameters(StudyReport report, Metric metric, String title, Path file)
            throws IOException {
        write(report, metric, title, "kept parameters", VariantSummary::keptParameters, file);
    }

    private static void write(
            StudyReport report,
            Metric metric,
            String title,
            String axis,
            ToDoubleFunction<VariantSummary> x,
            Path file)
            throws IOException {
        XYChart chart =
                new XYChartBuilder()
                        .width(1000)
                        .height(600)
                        .title(title)
                        .xAxisTitle(axis)
                        .yAxisTitle(
                                metric.getTitle()
                                        + ", "
                                        + metric.getDirection()
                                        + "; bars: standard error")
                        .build();
        ChartStyle.apply(chart.getStyler());
        chart.getStyler().setXAxisDecimalPattern("#,##0.##").setYAxisDecimalPattern("0.00##");
        chart.getStyler().setErrorBarsColorSeriesColor(true).setMarkerSize(9);
        byVariant(report).forEach((name, variants) -> add(chart, name, variants, x));
        Png.write(BitmapEncoder.getBufferedImage(chart), file);
    }

    private static Map<String, List<VariantSummary>> byVariant(StudyReport report) {
        Map<String, List<VariantSummary>> groups = new LinkedHashMap<>();
        for (VariantSummary variant : report.variants()) {
            groups.computeIfAbsent(variant.variant(), ignored -> new ArrayList<>()).add(variant);
        }
        return groups;
    }

    private static void add(
            XYChart chart,
            String name,
            List<VariantSummary> variants,
            ToDoubleFunction<VariantSummary> x) {
        chart.addSeries(
                name,
                variants.stream().mapToDouble(x).toArray(),
                variants.stream().mapToDouble(v -> v.metric().mean()).toArray(),
                variants.stream().mapToDouble(v -> orZero(v.metric().standardError())).toArray());
    }

    private static double orZero(@Nullable Double value) {
        return value == null ? 0 : value;
    }
}
