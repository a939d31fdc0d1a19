package org.djlsparse.cli.report;

import org.djlsparse.cli.study.Estimate;
import org.djlsparse.cli.study.StudyReport;
import org.djlsparse.cli.study.VariantSummary;
import org.djlsparse.cli.task.Metric;
import org.djlsparse.internal.text.TextTable;
import org.jspecify.annotations.Nullable;

/** A study for people: a row per variant and width. */
public final class StudyTable {

    private StudyTable() {}

    /**
     * Formats a study.
     *
     * @param report the study
     * @param metric the task's metric
     * @return a table, a line on the length of the runs, and a line on the correlation with mask
     *     diversity if there is one
     */
    public static String of(StudyReport report, Metric metric) {
        TextTable table = new TextTable().alignRight(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13);
        table.add(
                "variant",
                "kept",
                metric.getTitle(),
                "+-",
                "minus dense",
                "+-",
                "95%",
                "loss",
                "minus dense",
                "+-",
                "last tenth",
                "magnitude",
                "s/step",
                "valid");
        for (VariantSummary variant : report.variants()) {
            add(table, variant, report.hasWidths());
        }
        StringBuilder text = new StringBuilder(table.toString());
        text.append(
                Text.format(
                        "Means over %d seeds, +- standard errors, 95%%: half the confidence"
                            + " interval of the difference, paired by seed; %d steps, %.1f epochs;"
                            + " last tenth: change of %s over the last tenth of the steps.%n",
                        report.seeds().size(),
                        report.settings().steps(),
                        report.epochs(),
                        metric.getTitle()));
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

    private static void add(TextTable table, VariantSummary variant, boolean widths) {
        Estimate difference = variant.difference();
        Estimate lossDifference = variant.lossDifference();
        Boolean valid = variant.valid();
        table.add(
                variant.variant() + (widths ? Text.format(", width %s", variant.width()) : ""),
                Text.format("%,d", variant.keptParameters()),
                Text.number("%.4f", variant.metric().mean()),
                error(variant.metric()),
                difference == null ? Text.NONE : Text.number("%+.4f", difference.mean()),
                error(difference),
                difference == null ? Text.NONE : Text.number("%.4f", difference.interval()),
                Text.number("%.4f", variant.loss().mean()),
                lossDifference == null ? Text.NONE : Text.number("%+.4f", lossDifference.mean()),
                error(lossDifference),
                Text.number("%+.4f", variant.lastTenth()),
                Text.percent(variant.keptMagnitude()),
                Text.number("%.4f", variant.secondsPerStep()),
                valid == null ? Text.NONE : valid ? "yes" : "no");
    }

    private static String error(@Nullable Estimate estimate) {
        return estimate == null ? Text.NONE : Text.number("%.4f", estimate.standardError());
    }
}
