package org.djlsparse.cli.report;

import org.djlsparse.cli.run.Comparison;
import org.djlsparse.cli.run.RunResult;
import org.djlsparse.cli.run.Score;
import org.djlsparse.cli.task.Metric;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.lines.SeriesLines;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Plots the learning curves of runs: training loss as lines, validation as points. */
public final class LearningCurveChart {

    private static final int PARTS = 60;

    private final Metric metric;
    private final XYChart chart;

    private LearningCurveChart(String title, Metric metric, int steps) {
        this.metric = metric;
        chart =
                new XYChartBuilder()
                        .width(1000)
                        .height(600)
                        .title(title)
                        .xAxisTitle("training step")
                        .build();
        ChartStyle.apply(chart.getStyler());
        chart.getStyler().setXAxisMin(0.0).setXAxisMax((double) steps);
    }

    /**
     * Draws a comparison.
     *
     * @param comparison the comparison
     * @param metric the metric of both runs
     * @param title the title
     * @param file the PNG file to write
     * @throws IOException if the file cannot be written
     */
    public static void write(Comparison comparison, Metric metric, String title, Path file)
            throws IOException {
        BufferedImage image = draw(comparison.dense(), comparison.sparse().result(), metric, title);
        Png.write(image, file);
    }

    /**
     * Draws one run with masks.
     *
     * @param name the name of the run
     * @param run the run
     * @param metric the metric of the run
     * @param title the title
     * @param file the PNG file to write
     * @throws IOException if the file cannot be written
     */
    public static void write(String name, RunResult run, Metric metric, String title, Path file)
            throws IOException {
        LearningCurveChart curves = new LearningCurveChart(title, metric, run.losses().size());
        curves.add(name, run, ChartStyle.SPARSE, SeriesMarkers.DIAMOND);
        curves.titleAxes();
        Png.write(BitmapEncoder.getBufferedImage(curves.chart), file);
    }

    /**
     * Draws two runs of the same number of steps.
     *
     * @param dense the run without masks
     * @param sparse the run with masks
     * @param metric the metric of both runs
     * @param title the title
     * @return the picture
     */
    public static BufferedImage draw(
            RunResult dense, RunResult sparse, Metric metric, String title) {
        LearningCurveChart curves = new LearningCurveChart(title, metric, dense.losses().size());
        curves.add("dense", dense, ChartStyle.DENSE, SeriesMarkers.CIRCLE);
        curves.add("sparse", sparse, ChartStyle.SPARSE, SeriesMarkers.DIAMOND);
        curves.titleAxes();
        return BitmapEncoder.getBufferedImage(curves.chart);
    }

    /** Bits share an axis with the loss, which makes training and validation comparable. */
    private boolean oneAxis() {
        return metric == Metric.BITS_PER_CHARACTER;
    }

    private void titleAxes() {
        if (oneAxis()) {
            chart.setYAxisTitle(metric.getTitle());
        } else {
            chart.setYAxisGroupTitle(0, "training loss");
            chart.setYAxisGroupTitle(1, "validation " + metric.getTitle());
            chart.getStyler().setYAxisGroupPosition(1, Styler.YAxisPosition.Right);
        }
    }

    private void add(String name, RunResult run, Color color, Marker marker) {
        double[] losses = run.losses().stream().mapToDouble(this::inUnitOfAxis).toArray();
        chart.addSeries(name + ", training", middles(losses.length), smoothed(losses))
                .setMarker(SeriesMarkers.NONE)
                .setLineStyle(new BasicStroke(1.5f))
                .setLineColor(color);
        List<Score> scores = run.scores();
        XYSeries points =
                chart.addSeries(
                        name + ", validation",
                        scores.stream().mapToDouble(Score::step).toArray(),
                        scores.stream().mapToDouble(Score::metric).toArray());
        points.setMarker(marker)
                .setMarkerColor(color)
                .setLineColor(color)
                .setLineStyle(SeriesLines.NONE)
                .setYAxisGroup(oneAxis() ? 0 : 1);
    }

    private double inUnitOfAxis(double loss) {
        return oneAxis() ? Metric.toBits(loss) : loss;
    }

    /** Returns the middle of the steps of each mean. */
    private static double[] middles(int steps) {
        double[] middles = new double[steps];
        for (int i = 0; i < steps; i++) {
            int first = Math.max(0, i + 1 - window(steps));
            middles[i] = 1 + (first + i) / 2.0;
        }
        return middles;
    }

    /** Returns the mean over each step and the steps shortly before it. */
    private static double[] smoothed(double[] values) {
        int window = window(values.length);
        double[] means = new double[values.length];
        double sum = 0;
        for (int i = 0; i < values.length; i++) {
            sum += values[i];
            if (i >= window) {
                sum -= values[i - window];
            }
            means[i] = sum / Math.min(i + 1, window);
        }
        return means;
    }

    private static int window(int steps) {
        return Math.max(1, steps / PARTS);
    }
}
