package org.djlsparse.cli.report;

import org.djlsparse.cli.study.Estimate;
import org.djlsparse.cli.study.StudyReport;
import org.djlsparse.cli.study.VariantSummary;
import org.djlsparse.cli.task.Metric;
import org.jspecify.annotations.Nullable;

import java.util.Locale;

/** A study for people: a row a variant. */
public final class StudyTable {

    private static final String ROW = "%-18s%20s%9s%13s%9s%8s%8s%9s%9s%10s%n";

    private StudyTable() {}

    /**
     * Formats a study.
     *
     * @param report what to show
     * @param metric the task's metric
     * @return a table, and a line on the correlation with mask diversity if there is one
     */
    public static String of(StudyReport report, Metric metric) {
        StringBuilder table = new StringBuilder();
        table.append(
                format(
                        ROW,
                        "variant",
                        metric.getTitle(),
                        "+-",
                        "minus dense",
                        "+-",
                        "kept",
                        "flips",
                        "s/step",
                        "refresh",
                        "valid"));
        for (VariantSummary variant : report.variants()) {
            table.append(row(variant));
        }
        table.append(
                format(
                        "Means over the seeds, +- standard errors; kept magnitude and flip rate at"
                                + " the last refresh.%n"));
        if (report.correlationMasks() != null) {
            table.append(
                    format(
                            "Correlation of the difference with log10 of the masks of a %d x %d"
                                    + " block: %s; with the paper's formula: %s.%n",
                            report.diversityBlock(),
                            report.diversityBlock(),
                            number("%.3f", report.correlationMasks()),
                            number("%.3f", report.correlationFormula())));
        }
        return table.toString();
    }

    private static String row(VariantSummary variant) {
        Estimate difference = variant.difference();
        Boolean valid = variant.valid();
        return format(
                ROW,
                variant.variant(),
                number("%.4f", variant.metric().mean()),
                number("%.4f", variant.metric().standardError()),
                difference == null ? "-" : number("%+.4f", difference.mean()),
                difference == null ? "-" : number("%.4f", difference.standardError()),
                percent(variant.keptMagnitude()),
                percent(variant.flipRate()),
                number("%.4f", variant.secondsPerStep()),
                percent(variant.refreshShare()),
                valid == null ? "-" : valid ? "yes" : "no");
    }

    private static String percent(@Nullable Double share) {
        return share == null ? "-" : number("%.1f%%", 100 * share);
    }

    private static String number(String format, @Nullable Double value) {
        return value == null ? "-" : format(format, value);
    }

    private static String format(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
