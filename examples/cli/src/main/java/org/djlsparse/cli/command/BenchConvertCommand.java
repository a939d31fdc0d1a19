package org.djlsparse.cli.command;

import ai.djl.translate.TranslateException;

import org.djlsparse.cli.InputException;
import org.djlsparse.cli.convert.ConversionBenchmark;
import org.djlsparse.cli.convert.ConversionSummary;
import org.djlsparse.cli.convert.ConversionVariant;
import org.djlsparse.cli.report.ConversionTable;
import org.djlsparse.cli.run.ModelTrainer;
import org.djlsparse.cli.task.Metric;
import org.djlsparse.cli.task.ModelName;
import org.djlsparse.cli.task.Task;
import org.djlsparse.cli.task.TaskName;
import org.djlsparse.mask.NmPattern;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Compares methods of converting trained models. */
@Command(
        name = "convert",
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        description = {
            "Trains a dense model from each of several seeds, converts each model with several"
                + " methods, to row masks and to transposable masks, and compares the results. The"
                + " methods are magnitude alone, AdaPrune with several scores and modes, and Adam"
                + " as in the paper's code."
        })
public final class BenchConvertCommand implements Callable<Integer> {

    @Mixin private TaskOptions taskOptions;

    @Option(
            names = "--patterns",
            split = ",",
            paramLabel = "N:M",
            description = "The patterns, separated by commas. By default 2:4,4:8.")
    private @Nullable List<NmPattern> patterns;

    @Option(
            names = "--variants",
            split = ",",
            paramLabel = "<name>",
            description =
                    "The variants to compare with magnitude, separated by commas: adaprune (with"
                            + " score wanda), adaprune-obs, adaprune-magnitude, adaprune-parallel,"
                            + " adam-magnitude. All by default.")
    private @Nullable List<ConversionVariant> variants;

    @Option(
            names = "--samples",
            defaultValue = "512",
            converter = NumberConverter.AtLeastOne.class,
            description = "The number of calibration samples, drawn from the training data.")
    private int samples;

    @Option(
            names = "--seeds",
            defaultValue = "3",
            converter = NumberConverter.AtLeastOne.class,
            description = "The number of seeds, counted from 1.")
    private int seeds;

    @Mixin private Output answer;

    /** Created by picocli, which fills in the options. */
    @SuppressWarnings("NullAway.Init")
    public BenchConvertCommand() {}

    private record Report(
            TaskName task,
            ModelName model,
            Metric metricName,
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
        ModelName model;
        int steps;
        try (Task task = taskOptions.open(1)) {
            metric = task.getMetric();
            model = task.getModelName();
            steps = taskOptions.stepsFor(task);
            for (NmPattern pattern : chosen) {
                try {
                    ModelTrainer.checkFit(task, pattern);
                } catch (InputException e) {
                    throw e.about("patterns", pattern);
                }
            }
        }
        ConversionBenchmark benchmark =
                new ConversionBenchmark(
                        seed -> taskOptions.open(seed),
                        chosen,
                        variants == null ? ConversionVariant.ALL : variants,
                        samples,
                        answer.newProgress());
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
                        taskOptions.getTask(),
                        model,
                        metric,
                        steps,
                        seeds,
                        samples,
                        loss,
                        denseMetric,
                        summaries);
        answer.print(report, () -> ConversionTable.of(summaries, metric, loss, denseMetric));
        return 0;
    }
}
