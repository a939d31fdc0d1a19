package org.djlsparse.cli.report;

import org.djlsparse.cli.convert.FineTuneRun;
import org.djlsparse.cli.run.Score;
import org.djlsparse.cli.study.Estimate;
import org.djlsparse.cli.task.Metric;
import org.djlsparse.internal.text.TextTable;

import java.util.List;
import java.util.function.Function;

/** Fine-tuned models and their controls, for people. */
public final class FineTuneTable {

    private final List<FineTuneRun> runs;
    private final TextTable table = new TextTable().alignRight(1, 2, 3, 4, 5, 6, 7);

    private FineTuneTable(List<FineTuneRun> runs) {
        this.runs = runs;
    }

    /**
     * Formats runs.
     *
     * @param runs a run for each seed
     * @param metric the task's metric
     * @return a table of four rows
     */
    public static String of(List<FineTuneRun> runs, Metric metric) {
        FineTuneTable rows = new FineTuneTable(runs);
        rows.table.add(
                "model",
                metric.getTitle(),
                "+-",
                "loss",
                "minus dense",
                "+-",
                "minus continued",
                "+-");
        rows.add("dense", FineTuneRun::dense);
        rows.add("dense, continued", FineTuneRun::continued);
        rows.add("converted", FineTuneRun::converted);
        rows.add("fine-tuned", FineTuneRun::fineTuned);
        boolean valid = runs.stream().allMatch(FineTuneRun::valid);
        return rows.table
                + Text.format(
                        "Means over %d seeds, +- standard errors, differences paired by seed. Masks"
                                + " at the end: density %s, %s.%n",
                        runs.size(),
                        Text.percent(runs.get(0).density()),
                        valid ? "valid" : "not valid");
    }

    private void add(String name, Function<FineTuneRun, Score> model) {
        Estimate metric = estimate(run -> model.apply(run).metric());
        Estimate source = estimate(run -> model.apply(run).metric() - run.dense().metric());
        Estimate control = estimate(run -> model.apply(run).metric() - run.continued().metric());
        table.add(
                name,
                Text.number("%.4f", metric.mean()),
                Text.number("%.4f", metric.standardError()),
                Text.number("%.4f", estimate(run -> model.apply(run).loss()).mean()),
                Text.number("%+.4f", source.mean()),
                Text.number("%.4f", source.standardError()),
                Text.number("%+.4f", control.mean()),
                Text.number("%.4f", control.standardError()));
    }

    private Estimate estimate(Function<FineTuneRun, Double> value) {
        return Estimate.of(runs.stream().mapToDouble(value::apply).toArray());
    }
}
