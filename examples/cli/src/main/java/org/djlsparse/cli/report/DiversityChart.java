package org.djlsparse.cli.report;

import org.djlsparse.cli.study.Estimate;
import org.djlsparse.cli.study.StudyReport;
import org.djlsparse.cli.study.VariantSummary;
import org.djlsparse.cli.task.Metric;
import org.jspecify.annotations.Nullable;
import org.knowm.xchart.AnnotationText;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.lines.SeriesLines;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;

import java.awt.Color;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * Plots the difference to dense of each variant with dynamic masks over the number of masks that
 * its constraint allows (Hubara et al. 2021, section 3): the exact number and the paper's formula.
 */
public final class DiversityChart {

    private static final double MARGIN = 0.12; // of the span

    private final XYChart chart;
    private final List<VariantSummary> variants;

    private DiversityChart(XYChart chart, List<VariantSummary> variants) {
        this.chart = chart;
        this.variants = variants;
    }

    /**
     * Draws a study.
     *
     * @param report the study
     * @param metric the task's metric
     * @param title the title
     * @param file the PNG file to write
     * @return {@code false} if no variant has dynamic masks, so that nothing is written
     * @throws IOException if the file cannot be written
     */
    public static boolean write(StudyReport report, Metric metric, String title, Path file)
            throws IOException {
        List<VariantSummary> variants =
                report.firstWidth().stream().filter(v -> v.log10Masks() != null).toList();
        if (variants.isEmpty()) {
            return false;
        }
        int side = report.diversityBlock();
        XYChart chart =
                new XYChartBuilder()
                        .width(1000)
                        .height(600)
                        .title(title)
                        .xAxisTitle(
                                Text.format(
                                        "log10 of the number of masks of a %d x %d block",
                                        side, side))
                        .yAxisTitle(
                                metric.getTitle()
                                        + " minus dense, "
                                        + metric.getDirection()
                                        + "; bars: standard error")
                        .build();
        ChartStyle.apply(chart.getStyler());
        chart.getStyler().setMarkerSize(11);
        chart.getStyler().setErrorBarsColorSeriesColor(true).setYAxisDecimalPattern("0.00##");
        DiversityChart diversity = new DiversityChart(chart, variants);
        diversity.setRange();
        diversity.addDense();
        diversity.add(
                "true count",
                report.correlationMasks(),
                VariantSummary::log10Masks,
                ChartStyle.SPARSE,
                SeriesMarkers.CIRCLE);
        diversity.add(
                "paper's formula",
                report.correlationFormula(),
                VariantSummary::log10Formula,
                ChartStyle.DENSE,
                SeriesMarkers.DIAMOND);
        diversity.label();
        Png.write(BitmapEncoder.getBufferedImage(chart), file);
        return true;
    }

    private void add(
            String name,
            @Nullable Double correlation,
            Function<VariantSummary, @Nullable Double> diversity,
            Color color,
            Marker marker) {
        List<Double> x = new ArrayList<>();
        List<Double> y = new ArrayList<>();
        List<Double> errors = new ArrayList<>();
        for (VariantSummary variant : variants) {
            Double value = diversity.apply(variant);
            Estimate difference = variant.difference();
            if (value != null && difference != null) {
                Double error = difference.standardError();
                x.add(value);
                y.add(difference.mean());
                errors.add(error == null ? 0 : error);
            }
        }
        String legend =
                correlation == null ? name : Text.format("%s, correlation %.2f", name, correlation);
        XYSeries series = chart.addSeries(legend, x, y, errors);
        series.setMarker(marker)
                .setMarkerColor(color)
                .setLineColor(color)
                .setLineStyle(SeriesLines.NONE);
    }

    private void addDense() {
        double left = chart.getStyler().getXAxisMin();
        double right = chart.getStyler().getXAxisMax();
        chart.addSeries("dense", new double[] {left, right}, new double[] {0, 0})
                .setMarker(SeriesMarkers.NONE)
                .setLineColor(Color.GRAY)
                .setLineStyle(SeriesLines.DASH_DASH);
    }

    /** Leaves room for error bars and names, which the chart does not do itself. */
    private void setRange() {
        double least = 0; // dense itself
        double most = 0;
        double right = 0;
        double left = Double.POSITIVE_INFINITY;
        for (VariantSummary variant : variants) {
            Estimate difference = variant.difference();
            Double masks = variant.log10Masks();
            Double formula = variant.log10Formula();
            if (difference != null && masks != null && formula != null) {
                Double error = difference.standardError();
                double half = error == null ? 0 : error;
                least = Math.min(least, difference.mean() - half);
                most = Math.max(most, difference.mean() + half);
                left = Math.min(left, Math.min(masks, formula));
                right = Math.max(right, Math.max(masks, formula));
            }
        }
        double height = most > least ? most - least : 1;
        double width = right > left ? right - left : 1;
        chart.getStyler()
                .setYAxisMin(least - MARGIN * height)
                .setYAxisMax(most + MARGIN * height)
                .setXAxisMin(left - MARGIN * width)
                .setXAxisMax(right + MARGIN * width);
    }

    /** Writes each variant's name above the point of its exact count and below the other point. */
    private void label() {
        double span = chart.getStyler().getYAxisMax() - chart.getStyler().getYAxisMin();
        for (VariantSummary variant : variants) {
            Estimate difference = variant.difference();
            Double masks = variant.log10Masks();
            if (difference != null && masks != null) {
                Double error = difference.standardError();
                double top = difference.mean() + (error == null ? 0 : error);
                chart.addAnnotation(
                        new AnnotationText(variant.variant(), masks, top + 0.03 * span, false));
                Double formula = variant.log10Formula();
                if (formula != null && !formula.equals(masks)) {
                    double bottom = 2 * difference.mean() - top;
                    chart.addAnnotation(
                            new AnnotationText(
                                    variant.variant(), formula, bottom - 0.03 * span, false));
                }
            }
        }
    }
}
