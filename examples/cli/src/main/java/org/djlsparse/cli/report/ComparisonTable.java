package org.djlsparse.cli.report;

import org.djlsparse.SparsityReport;
import org.djlsparse.cli.run.Comparison;
import org.djlsparse.cli.run.RunResult;
import org.djlsparse.cli.task.Metric;

import java.util.Locale;

/** Dense and sparse side by side, for people. */
public final class ComparisonTable {

    private static final String HEADER = "%-8s%10s%20s%10s%10s%12s%12s%n";
    private static final String ROW = "%-8s%10.4f%20.4f%10.1f%10s%12s%12s%n";

    private ComparisonTable() {}

    /**
     * Formats a comparison.
     *
     * @param comparison what to show
     * @param metric the metric of both runs
     * @return a table of two rows
     */
    public static String of(Comparison comparison, Metric metric) {
        SparsityReport report = comparison.sparse().report();
        return format(
                        HEADER,
                        "run",
                        "loss",
                        metric.getTitle(),
                        "seconds",
                        "density",
                        "refreshes",
                        "flip rate")
                + row("dense", comparison.dense(), "100.0%", "-", "-")
                + row(
                        "sparse",
                        comparison.sparse().result(),
                        format("%.1f%%", 100 * report.getDensity()),
                        Long.toString(report.refreshes()),
                        format("%.2f%%", 100 * report.getFlipRate()));
    }

    private static String row(
            String name, RunResult run, String density, String refreshes, String flipRate) {
        return format(
                ROW,
                name,
                run.finalScore().loss(),
                run.finalScore().metric(),
                run.seconds(),
                density,
                refreshes,
                flipRate);
    }

    private static String format(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
