package org.djlsparse.cli.report;

import org.djlsparse.cli.convert.ConversionSummary;
import org.djlsparse.cli.study.Estimate;
import org.djlsparse.cli.task.Metric;
import org.djlsparse.internal.text.TextTable;

import java.util.List;

/** A benchmark of conversions for people: a row per way to convert. */
public final class ConversionTable {

    private ConversionTable() {}

    /**
     * Formats a benchmark.
     *
     * @param summaries the ways to convert
     * @param metric the metric of the models
     * @param denseLoss the mean loss of the dense models
     * @param denseMetric the mean metric of the dense models
     * @return a line on the dense models, and a table
     */
    public static String of(
            List<ConversionSummary> summaries,
            Metric metric,
            double denseLoss,
            double denseMetric) {
        TextTable table = new TextTable().alignRight(3, 4, 5, 6, 7, 8, 9);
        table.add(
                "pattern",
                "mask",
                "variant",
                metric.getTitle(),
                "minus dense",
                "loss minus dense",
                "recovered",
                "layer error",
                "fit s",
                "seconds");
        for (ConversionSummary row : summaries) {
            table.add(
                    row.pattern(),
                    row.mask(),
                    row.variant(),
                    Text.format("%.4f", row.metric().mean()),
                    estimate(row.difference()),
                    estimate(row.loss()),
                    Text.percent(row.recovered()),
                    Text.format("%.4f", row.layerError()),
                    Text.format("%.2f", row.fitSeconds()),
                    Text.format("%.2f", row.seconds()));
        }
        return Text.format("dense: loss %.4f, %s %.4f%n", denseLoss, metric.getTitle(), denseMetric)
                + table;
    }

    private static String estimate(Estimate estimate) {
        Double error = estimate.standardError();
        return Text.format("%+.4f", estimate.mean())
                + (error == null ? "" : Text.format(" +- %.4f", error));
    }
}
