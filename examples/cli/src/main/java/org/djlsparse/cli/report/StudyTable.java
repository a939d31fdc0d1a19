package org.djlsparse.cli.report;

import org.djlsparse.cli.study.Estimate;
import org.djlsparse.cli.study.StudyReport;
import org.djlsparse.cli.study.VariantSummary;
import org.djlsparse.cli.task.Metric;
import org.djlsparse.internal.text.TextTable;

/** A study for people: a row per variant. */
public final class StudyTable {

    private StudyTable() {}

    /**
     * Formats a study.
     *
     * @param report the study
     * @param metric the task's metric
     * @return a table, and a line on the correlation with mask diversity if there is one
     */
    public static String of(StudyReport report, Metric metric) {
        TextTable table = new TextTable().alignRight(1, 2, 3, 4, 5, 6, 7, 8, 9);
        table.add(
                "variant",
                metric.getTitle(),
                "+-",
                "minus dense",
                "+-",
                "kept",
                "flips",
                "s/step",
                "refresh",
                "valid");
        for (VariantSummary variant : report.variants()) {
            add(table, variant);
        }
        StringBuilder text = new StringBuilder(table.toString());
        text.append(
                Text.format(
                        "Means over the seeds, +- standard errors; kept magnitude and flip rate at"
                                + " the last refresh.%n"));
        if (report.correlationMasks() != null) {
            text.append(
                    Text.format(
                            "Correlation of the difference with log10 of the number of masks of a"
                                    + " %d x %d block: %s; with the paper's formula: %s.%n",
                            report.diversityBlock(),
                            report.diversityBlock(),
                            Text.number("%.3f", report.correlationMasks()),
                            Text.number("%.3f", report.correlationFormula())));
        }
        return text.toString();
    }

    private static void add(TextTable table, VariantSummary variant) {
        Estimate difference = variant.difference();
        Boolean valid = variant.valid();
        table.add(
                variant.variant(),
                Text.number("%.4f", variant.metric().mean()),
                Text.number("%.4f", variant.metric().standardError()),
                difference == null ? Text.NONE : Text.number("%+.4f", difference.mean()),
                difference == null ? Text.NONE : Text.number("%.4f", difference.standardError()),
                Text.percent(variant.keptMagnitude()),
                Text.percent(variant.flipRate()),
                Text.number("%.4f", variant.secondsPerStep()),
                Text.percent(variant.refreshShare()),
                valid == null ? Text.NONE : valid ? "yes" : "no");
    }
}
