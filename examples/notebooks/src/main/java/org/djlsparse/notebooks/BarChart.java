package org.djlsparse.notebooks;

import org.djlsparse.cli.report.ChartStyle;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;

import java.awt.Color;
import java.util.Arrays;
import java.util.DoubleSummaryStatistics;
import java.util.List;

/** A bar chart: for each name, a bar of each series. */
public final class BarChart {

    private static final Color[] COLOURS = {
        new Color(0x4477AA), new Color(0xCC6633), new Color(0x228833), new Color(0xAA3377)
    };

    private static final double LOWEST_WITH_NUMBER = 0.1; // of the highest bar

    private final CategoryChart chart;
    private final List<String> names;

    /**
     * Creates a chart without bars.
     *
     * @param title the title
     * @param axis the title of the axis
     * @param names the names below the bars
     */
    public BarChart(String title, String axis, List<String> names) {
        this.names = List.copyOf(names);
        chart =
                new CategoryChartBuilder()
                        .width(900)
                        .height(360)
                        .title(title)
                        .yAxisTitle(axis)
                        .build();
        ChartStyle.apply(chart.getStyler());
        chart.getStyler().setLegendVisible(false).setSeriesColors(COLOURS);
        chart.getStyler().setAvailableSpaceFill(0.7);
    }

    /**
     * Adds a series. Several series have a legend.
     *
     * @param series the name of the series
     * @param heights the heights of the bars, one for each name
     * @return this chart
     */
    public BarChart add(String series, List<Double> heights) {
        chart.addSeries(series, names, heights);
        chart.getStyler().setLegendVisible(chart.getSeriesCollection().size() > 1);
        return this;
    }

    /**
     * Sets the format of the numbers in the bars.
     *
     * @param pattern a pattern of {@link java.text.DecimalFormat}, such as {@code 0.00}
     * @return this chart
     */
    public BarChart format(String pattern) {
        chart.getStyler().setDecimalPattern(pattern);
        return this;
    }

    /**
     * Draws the chart, with a number in each bar if the lowest has room for one.
     *
     * @return HTML with the picture
     */
    public String draw() {
        DoubleSummaryStatistics heights =
                chart.getSeriesCollection().stream()
                        .flatMapToDouble(series -> Arrays.stream(series.getYData()))
                        .summaryStatistics();
        chart.getStyler()
                .setLabelsVisible(heights.getMin() >= LOWEST_WITH_NUMBER * heights.getMax());
        return Picture.of(BitmapEncoder.getBufferedImage(chart));
    }
}
