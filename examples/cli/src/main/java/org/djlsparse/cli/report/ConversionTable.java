package org.djlsparse.cli.report;

import org.djlsparse.cli.convert.ConversionSummary;
import org.djlsparse.cli.study.Estimate;
import org.djlsparse.cli.task.Metric;
import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Locale;

/** Ways to convert models, for people: a row a way. */
public final class ConversionTable {

    private static final String ROW = "%-8s%-14s%-20s%20s%18s%18s%11s%13s%9s%9s%n";

    private ConversionTable() {}

    /**
     * Formats a comparison.
     *
     * @param summaries the ways
     * @param metric the metric of the models
     * @param denseLoss the mean loss of the dense models
     * @param denseMetric their mean metric
     * @return a table
     */
    public static String of(
            List<ConversionSummary> summaries,
            Metric metric,
            double denseLoss,
            double denseMetric) {
        StringBuilder table = new StringBuilder();
        table.append(
                format("dense: loss %.4f, %s %.4f%n", denseLoss, metric.getTitle(), denseMetric));
        table.append(
                format(
                        ROW,
                        "pattern",
                        "mask",
                        "variant",
                        metric.getTitle(),
                        "minus dense",
                        "loss minus dense",
                        "recovered",
                        "layer error",
                        "fit s",
                        "seconds"));
        for (ConversionSummary row : summaries) {
            table.append(
                    format(
                            ROW,
                            row.pattern(),
                            row.mask(),
                            row.variant(),
                            format("%.4f", row.metric().mean()),
                            estimate(row.difference()),
                            estimate(row.loss()),
                            percent(row.recovered()),
                            format("%.4f", row.layerError()),
                            format("%.2f", row.fitSeconds()),
                            format("%.2f", row.seconds())));
        }
        return table.toString();
    }

    private static String estimate(Estimate estimate) {
        Double error = estimate.standardError();
        return format("%+.4f", estimate.mean()) + (error == null ? "" : format(" +- %.4f", error));
    }

    private static String percent(@Nullable Double share) {
        return share == null ? "-" : format("%.1f%%", 100 * share);
    }

    private static String format(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
