package org.djlsparse.cli.command;

import ai.djl.translate.TranslateException;

import org.djlsparse.cli.convert.ConversionBenchmark;
import org.djlsparse.cli.convert.ConversionSummary;
import org.djlsparse.cli.convert.ConversionVariant;
import org.djlsparse.cli.report.ConversionTable;
import org.djlsparse.cli.run.ModelTrainer;
import org.djlsparse.cli.task.Metric;
import org.djlsparse.cli.task.Task;
import org.djlsparse.mask.NmPattern;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Compares ways to convert trained models. */
@Command(
        name = "convert",
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        description = {
            "Trains a model dense from several seeds, converts each in all ways, along rows and"
                    + " transposable, and compares them: by magnitude alone, by AdaPrune with"
                    + " several scores and modes, and by Adam as in the paper's code."
        })
public final class BenchConvertCommand implements Callable<Integer> {

    @Spec private CommandSpec spec;

    @Mixin private TaskOptions taskOptions;

    @Option(
            names = "--patterns",
            split = ",",
            paramLabel = "N:M",
            converter = PatternConverter.class,
            description = "The patterns, with commas between. By default 2:4,4:8.")
    private @Nullable List<NmPattern> patterns;

    @Option(
            names = "--variants",
            split = ",",
            paramLabel = "<name>",
            converter = ConversionVariantConverter.class,
            description =
                    "How to convert, beside magnitude, with commas between: adaprune (its score is"
                            + " wanda), adaprune-obs, adaprune-magnitude, adaprune-parallel,"
                            + " adam-magnitude. All by default.")
    private @Nullable List<ConversionVariant> variants;

    @Option(
            names = "--samples",
            defaultValue = "512",
            converter = AtLeastOne.class,
            description = "The number of samples, drawn from the training data.")
    private int samples;

    @Option(
            names = "--seeds",
            defaultValue = "3",
            converter = AtLeastOne.class,
            description = "The number of seeds: 1, 2, and so on.")
    private int seeds;

    @Option(names = "--json", description = "Print one JSON object and nothing else.")
    private boolean json;

    /** Created by picocli, which fills in the options. */
    @SuppressWarnings("NullAway.Init")
    public BenchConvertCommand() {}

    private record Report(
            String task,
            String model,
            String metricName,
            int steps,
            int seeds,
            int samples,
            double denseLoss,
            double denseMetric,
            List<ConversionSummary> conversions) {}

    @Override
    public Integer call() throws IOException, TranslateException {
        List<NmPattern> chosen =
                patterns == null ? List.of(NmPattern.of(2, 4), NmPattern.of(4, 8)) : patterns;
        Metric metric;
        String model;
        int steps;
        try (Task task = taskOptions.open(1)) {
            metric = task.getMetric();
            model = task.getModelName().toString();
            steps = taskOptions.stepsFor(task);
            for (NmPattern pattern : chosen) {
                ModelTrainer.checkFit(task, pattern, "--patterns " + pattern);
            }
        }
        ConversionBenchmark benchmark =
                new ConversionBenchmark(
                        taskOptions::open,
                        chosen,
                        variants == null ? ConversionVariant.ALL : variants,
                        samples,
                        ProgressDisplay.of(json, spec.commandLine().getErr()));
        List<ConversionBenchmark.Run> runs = new ArrayList<>();
        for (int seed = 1; seed <= seeds; seed++) {
            runs.addAll(benchmark.run(seed, steps));
        }
        double loss = runs.stream().mapToDouble(run -> run.dense().loss()).average().orElseThrow();
        double denseMetric =
                runs.stream().mapToDouble(run -> run.dense().metric()).average().orElseThrow();
        List<ConversionSummary> summaries = ConversionSummary.of(runs);
        Report report =
                new Report(
                        taskOptions.getTask().toString(),
                        model,
                        metric.toString(),
                        steps,
                        seeds,
                        samples,
                        loss,
                        denseMetric,
                        summaries);
        Answer.print(
                spec, json, report, () -> ConversionTable.of(summaries, metric, loss, denseMetric));
        return 0;
    }
}
