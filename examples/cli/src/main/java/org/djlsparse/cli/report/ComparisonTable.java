package org.djlsparse.cli.report;

import org.djlsparse.SparsityReport;
import org.djlsparse.cli.run.Comparison;
import org.djlsparse.cli.run.RunResult;
import org.djlsparse.cli.task.Metric;
import org.djlsparse.internal.text.TextTable;

/** Dense and sparse side by side, for people. */
public final class ComparisonTable {

    private ComparisonTable() {}

    /**
     * Formats a comparison.
     *
     * @param comparison the comparison
     * @param metric the metric of both runs
     * @return a table of two rows
     */
    public static String of(Comparison comparison, Metric metric) {
        SparsityReport report = comparison.sparse().report();
        TextTable table = new TextTable().alignRight(1, 2, 3, 4, 5, 6);
        table.add("run", "loss", metric.getTitle(), "seconds", "density", "refreshes", "flip rate");
        add(table, "dense", comparison.dense(), Text.percent(1.0), Text.NONE, Text.NONE);
        add(
                table,
                "sparse",
                comparison.sparse().result(),
                Text.percent(report.getDensity()),
                Long.toString(report.refreshes()),
                Text.format("%.2f%%", 100 * report.getFlipRate()));
        return table.toString();
    }

    private static void add(
            TextTable table,
            String name,
            RunResult run,
            String density,
            String refreshes,
            String flipRate) {
        table.add(
                name,
                Text.format("%.4f", run.finalScore().loss()),
                Text.format("%.4f", run.finalScore().metric()),
                Text.format("%.1f", run.seconds()),
                density,
                refreshes,
                flipRate);
    }
}
