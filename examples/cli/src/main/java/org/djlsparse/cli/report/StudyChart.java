package org.djlsparse.cli.report;

import org.djlsparse.cli.study.Estimate;
import org.djlsparse.cli.study.StudyReport;
import org.djlsparse.cli.study.VariantSummary;
import org.djlsparse.cli.task.Metric;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.CategorySeries.CategorySeriesRenderStyle;
import org.knowm.xchart.style.lines.SeriesLines;
import org.knowm.xchart.style.markers.SeriesMarkers;

import java.awt.Color;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;

/** Plots the metric of each variant with its standard error, and a line for dense. */
public final class StudyChart {

    private static final double MARGIN = 0.1; // of the span

    /** Next to each other, more labels would overlap. */
    private static final int MOST_LEVEL_LABELS = 6;

    private StudyChart() {}

    /**
     * Draws a study.
     *
     * @param report the study, dense first
     * @param metric the task's metric
     * @param title the title
     * @param file the PNG file to write
     * @throws IOException if it cannot be written
     */
    public static void write(StudyReport report, Metric metric, String title, Path file)
            throws IOException {
        List<VariantSummary> variants = report.firstWidth();
        boolean crowded = variants.size() > MOST_LEVEL_LABELS;
        CategoryChart chart =
                new CategoryChartBuilder()
                        .width(1000)
                        .height(crowded ? 800 : 600)
                        .title(title)
                        .yAxisTitle(metric.getTitle() + ", " + metric.getDirection())
                        .build();
        ChartStyle.apply(chart.getStyler());
        chart.getStyler()
                .setDefaultSeriesRenderStyle(CategorySeriesRenderStyle.Scatter)
                .setMarkerSize(11);
        chart.getStyler().setOverlapped(true).setErrorBarsColor(Color.DARK_GRAY);
        chart.getStyler().setYAxisDecimalPattern("0.00##");
        List<String> names = variants.stream().map(VariantSummary::variant).toList();
        if (crowded) {
            // By default, a chart leaves out labels that are closer than 74 pixels.
            chart.getStyler().setXAxisLabelRotation(90).setXAxisTickMarkSpacingHint(20);
        }
        List<Double> means = variants.stream().map(v -> v.metric().mean()).toList();
        List<Double> errors = variants.stream().map(v -> error(v.metric())).toList();
        double span = setRange(chart, means, errors);
        double dense = means.get(0);
        chart.addSeries("dense, mean", names, Collections.nCopies(names.size(), dense))
                .setChartCategorySeriesRenderStyle(CategorySeriesRenderStyle.Line)
                .setMarker(SeriesMarkers.NONE)
                .setLineStyle(SeriesLines.DASH_DASH)
                .setLineColor(ChartStyle.DENSE);
        String legend = "mean and standard error over " + report.seeds().size() + " seeds";
        (span == 0 || report.seeds().size() < 2
                        ? chart.addSeries("mean", names, means)
                        : chart.addSeries(legend, names, means, errors))
                .setMarker(SeriesMarkers.DIAMOND)
                .setMarkerColor(ChartStyle.SPARSE);
        Png.write(BitmapEncoder.getBufferedImage(chart), file);
    }

    private static double error(Estimate estimate) {
        Double error = estimate.standardError();
        return error == null ? 0 : error;
    }

    /** Leaves room for the error bars, which the chart does not do itself; returns the span. */
    private static double setRange(CategoryChart chart, List<Double> means, List<Double> errors) {
        double least = Double.POSITIVE_INFINITY;
        double most = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < means.size(); i++) {
            least = Math.min(least, means.get(i) - errors.get(i));
            most = Math.max(most, means.get(i) + errors.get(i));
        }
        double span = most - least;
        double margin = span > 0 ? MARGIN * span : MARGIN;
        chart.getStyler().setYAxisMin(least - margin).setYAxisMax(most + margin);
        return span;
    }
}
