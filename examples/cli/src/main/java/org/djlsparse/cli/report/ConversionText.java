package org.djlsparse.cli.report;

import org.djlsparse.cli.convert.ConversionResult;
import org.djlsparse.cli.run.Score;
import org.djlsparse.cli.task.Metric;

import java.util.Locale;

/** A conversion for people. */
public final class ConversionText {

    private ConversionText() {}

    /**
     * Formats a conversion.
     *
     * @param result what to show
     * @param metric the metric of the model
     * @return the report, and the model's score before and after
     */
    public static String of(ConversionResult result, Metric metric) {
        return result.report()
                + row("", "loss", metric.getTitle())
                + row("dense", result.before())
                + row("converted", result.after());
    }

    private static String row(String name, Score score) {
        return row(name, number(score.loss()), number(score.metric()));
    }

    private static String row(String name, String loss, String metric) {
        return String.format(Locale.ROOT, "%-10s%10s%20s%n", name, loss, metric);
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.4f", value);
    }
}
