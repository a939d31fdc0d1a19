package org.djlsparse.cli.report;

import org.djlsparse.cli.run.LayerSample;
import org.djlsparse.cli.run.RefreshSample;
import org.jspecify.annotations.Nullable;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.markers.SeriesMarkers;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;

/** Draws flip rate and kept magnitude over the refreshes: a line a layer, and their mean. */
public final class RefreshChart {

    private static final int WIDTH = 1000;
    private static final int HEIGHT = 380;
    private static final int AXIS_WIDTH = 70; // so that steps stand below each other
    private static final int MOST_MARKERS = 60;
    private static final Color LAYER = new Color(0xC8D4E0);
    private static final Color MEAN = new Color(0x225588);

    private RefreshChart() {}

    /**
     * Draws refreshes.
     *
     * @param refreshes the refreshes of a run, at least one
     * @param steps the number of training steps
     * @param title what was trained
     * @param file the PNG file to write
     * @throws IOException if it cannot be written
     */
    public static void write(List<RefreshSample> refreshes, int steps, String title, Path file)
            throws IOException {
        SortedMap<Integer, List<LayerSample>> layers = new TreeMap<>();
        refreshes.forEach(refresh -> layers.put(refresh.step(), refresh.layers()));
        Png.write(draw(layers, steps, title), file);
    }

    /**
     * Draws refreshes.
     *
     * @param refreshes by step the masked layers, the same at each; at least one refresh
     * @param steps the number of training steps
     * @param title what was trained
     * @return the picture
     */
    public static BufferedImage draw(
            SortedMap<Integer, List<LayerSample>> refreshes, int steps, String title) {
        XYChart flips = panel(title, "flip rate, %", steps);
        flips.getStyler().setLegendVisible(false); // the lower panel's holds for both
        // The first masks flip nothing.
        addLines(flips, refreshes.tailMap(refreshes.firstKey() + 1), LayerSample::flipRate);
        XYChart kept = panel("", "kept magnitude, %", steps);
        kept.setXAxisTitle("training step");
        addLines(kept, refreshes, LayerSample::keptMagnitude);
        BufferedImage image = new BufferedImage(WIDTH, 2 * HEIGHT, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        try {
            graphics.drawImage(BitmapEncoder.getBufferedImage(flips), 0, 0, null);
            graphics.drawImage(BitmapEncoder.getBufferedImage(kept), 0, HEIGHT, null);
        } finally {
            graphics.dispose();
        }
        return image;
    }

    private static XYChart panel(String title, String axis, int steps) {
        XYChart chart =
                new XYChartBuilder()
                        .width(WIDTH)
                        .height(HEIGHT)
                        .title(title)
                        .yAxisTitle(axis)
                        .build();
        chart.getStyler()
                .setLegendPosition(Styler.LegendPosition.OutsideS)
                .setLegendLayout(Styler.LegendLayout.Horizontal)
                .setChartBackgroundColor(Color.WHITE)
                .setLegendBorderColor(Color.WHITE)
                .setChartTitleVisible(!title.isEmpty())
                .setYAxisLeftWidthHint(AXIS_WIDTH);
        chart.getStyler().setXAxisMin(0.0).setXAxisMax((double) steps);
        return chart;
    }

    private static void addLines(
            XYChart chart,
            SortedMap<Integer, List<LayerSample>> refreshes,
            Function<LayerSample, @Nullable Double> value) {
        if (refreshes.isEmpty()) {
            return;
        }
        double[] steps = refreshes.keySet().stream().mapToDouble(Integer::doubleValue).toArray();
        List<List<LayerSample>> samples = List.copyOf(refreshes.values());
        int layers = samples.get(0).size();
        double[] means = new double[steps.length];
        for (int layer = 0; layer < layers; layer++) {
            double[] percents = new double[steps.length];
            for (int i = 0; i < steps.length; i++) {
                LayerSample sample = samples.get(i).get(layer);
                percents[i] = 100 * Objects.requireNonNull(value.apply(sample));
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
