package org.djlsparse.cli.report;

import org.djlsparse.training.LayerRefresh;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.markers.SeriesMarkers;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/** Plots flip rate and kept magnitude over the refreshes: a line per layer, and the mean. */
public final class RefreshChart {

    private static final int WIDTH = 1000;
    private static final int HEIGHT = 380;
    private static final int AXIS_WIDTH = 70; // equal, so that the steps of both panels align
    private static final int MOST_MARKERS = 60;
    private static final Color LAYER = new Color(0xC8D4E0);
    private static final Color MEAN = new Color(0x225588);

    private RefreshChart() {}

    /**
     * Draws refreshes.
     *
     * @param history the refreshes of a run, at least one; each of the same layers
     * @param steps the number of training steps
     * @param title the title
     * @param file the PNG file to write
     * @throws IOException if the file cannot be written
     */
    public static void write(List<LayerRefresh> history, int steps, String title, Path file)
            throws IOException {
        Png.write(draw(history, steps, title), file);
    }

    /**
     * Draws refreshes.
     *
     * @param history the refreshes of a run, at least one; each of the same layers
     * @param steps the number of training steps
     * @param title the title
     * @return the picture
     */
    public static BufferedImage draw(List<LayerRefresh> history, int steps, String title) {
        SortedMap<Long, List<LayerRefresh>> refreshes = byStep(history);
        XYChart flips = panel(title, "flip rate, %", steps);
        flips.getStyler().setLegendVisible(false); // the lower panel's legend is for both
        // The first masks flip nothing.
        addLines(flips, refreshes.tailMap(refreshes.firstKey() + 1), LayerRefresh::flipRate);
        XYChart kept = panel("", "kept magnitude, %", steps);
        kept.setXAxisTitle("training step");
        addLines(kept, refreshes, LayerRefresh::keptMagnitude);
        return Canvas.draw(
                WIDTH,
                2 * HEIGHT,
                graphics -> {
                    graphics.drawImage(BitmapEncoder.getBufferedImage(flips), 0, 0, null);
                    graphics.drawImage(BitmapEncoder.getBufferedImage(kept), 0, HEIGHT, null);
                });
    }

    /** Groups the layers by the step of their refresh, counted from 1. */
    static SortedMap<Long, List<LayerRefresh>> byStep(List<LayerRefresh> history) {
        return history.stream()
                .collect(
                        Collectors.groupingBy(
                                refresh -> refresh.step() + 1, TreeMap::new, Collectors.toList()));
    }

    private static XYChart panel(String title, String axis, int steps) {
        XYChart chart =
                new XYChartBuilder()
                        .width(WIDTH)
                        .height(HEIGHT)
                        .title(title)
                        .yAxisTitle(axis)
                        .build();
        ChartStyle.apply(chart.getStyler());
        chart.getStyler().setChartTitleVisible(!title.isEmpty()).setYAxisLeftWidthHint(AXIS_WIDTH);
        chart.getStyler().setXAxisMin(0.0).setXAxisMax((double) steps);
        return chart;
    }

    private static void addLines(
            XYChart chart,
            SortedMap<Long, List<LayerRefresh>> refreshes,
            ToDoubleFunction<LayerRefresh> value) {
        if (refreshes.isEmpty()) {
            return;
        }
        double[] steps = refreshes.keySet().stream().mapToDouble(Long::doubleValue).toArray();
        List<List<LayerRefresh>> samples = List.copyOf(refreshes.values());
        int layers = samples.get(0).size();
        double[] means = new double[steps.length];
        for (int layer = 0; layer < layers; layer++) {
            double[] percents = new double[steps.length];
            for (int i = 0; i < steps.length; i++) {
                percents[i] = 100 * value.applyAsDouble(samples.get(i).get(layer));
                means[i] += percents[i] / layers;
            }
            chart.addSeries("layer " + layer, steps, percents)
                    .setMarker(SeriesMarkers.NONE)
                    .setLineStyle(new BasicStroke(1f))
                    .setLineColor(LAYER)
                    .setLabel("a layer")
                    .setShowInLegend(layer == 0);
        }
        chart.addSeries("mean over layers", steps, means)
                .setMarker(steps.length > MOST_MARKERS ? SeriesMarkers.NONE : SeriesMarkers.CIRCLE)
                .setMarkerColor(MEAN)
                .setLineStyle(new BasicStroke(2f))
                .setLineColor(MEAN);
    }
}
