package org.djlsparse.cli.report;

import org.djlsparse.cli.convert.ConversionResult;
import org.djlsparse.cli.run.Score;
import org.djlsparse.cli.task.Metric;
import org.djlsparse.internal.text.TextTable;

/** A conversion for people. */
public final class ConversionText {

    private ConversionText() {}

    /**
     * Formats a conversion.
     *
     * @param result the conversion
     * @param metric the metric of the model
     * @return the report, and the model's score before and after
     */
    public static String of(ConversionResult result, Metric metric) {
        TextTable scores = new TextTable().alignRight(1, 2);
        scores.add("", "loss", metric.getTitle());
        add(scores, "dense", result.before());
        add(scores, "converted", result.after());
        return result.report().toString() + scores;
    }

    private static void add(TextTable table, String name, Score score) {
        table.add(name, Text.format("%.4f", score.loss()), Text.format("%.4f", score.metric()));
    }
}
