package org.djlsparse.cli.command;

import ai.djl.translate.TranslateException;

import org.djlsparse.ModelWeights;
import org.djlsparse.cli.options.KernelName;
import org.djlsparse.cli.options.MaskKind;
import org.djlsparse.cli.options.RuleName;
import org.djlsparse.cli.options.SolverName;
import org.djlsparse.cli.report.ComparisonTable;
import org.djlsparse.cli.report.JsonReport;
import org.djlsparse.cli.report.LearningCurveChart;
import org.djlsparse.cli.report.MaskPicture;
import org.djlsparse.cli.report.RefreshChart;
import org.djlsparse.cli.report.TelemetryFiles;
import org.djlsparse.cli.run.Comparison;
import org.djlsparse.cli.run.ComparisonRun;
import org.djlsparse.cli.run.MaskedWeight;
import org.djlsparse.cli.run.ModelSaver;
import org.djlsparse.cli.run.RefreshSample;
import org.djlsparse.cli.run.RunSettings;
import org.djlsparse.cli.task.Task;
import org.djlsparse.mask.MaskSolver;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.training.GradientRule;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Trains a model dense and sparse, and compares. */
@Command(
        name = "train",
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        description =
                "Trains a model twice from the same seed, dense and with N:M masks, and compares"
                        + " the two.")
public final class TrainCommand implements Callable<Integer> {

    @Spec private CommandSpec spec;

    @Mixin private TaskOptions taskOptions;

    @Mixin private MaskOptions maskOptions;

    @Option(
            names = "--mask",
            defaultValue = "transposable",
            description = "The masks of the sparse run: ${COMPLETION-CANDIDATES}.")
    private MaskKind mask;

    @Mixin private RuleOptions ruleOptions;

    @Mixin private ScheduleOptions scheduleOptions;

    @Option(
            names = "--kernel",
            paramLabel = "NAME",
            defaultValue = "auto",
            converter = KernelNameConverter.class,
            description =
                    "What runs the products of masked layers: dense for DJL's, auto for the fastest"
                            + " that this machine has, tried before the runs, or a kernel"
                            + " by its name, such as cpu-sparse. Kernels add in another order than"
                            + " DJL, so losses differ in their last digits.")
    private KernelName kernel;

    @Option(
            names = "--seed",
            defaultValue = "1",
            description = "Decides first weights, batches and the validation part of names.")
    private int seed;

    @Option(
            names = "--output",
            description =
                    "The folder for pictures and for figures as CSV. By default"
                            + " runs/TASK-MODEL-PATTERN, with what differs of --mask,"
                            + " --solver, --rule, --kernel, --dense-finish and --seed behind.")
    private @Nullable Path output;

    @Option(
            names = "--save",
            description =
                    "Write dense.safetensors and sparse.safetensors, both models' weights, to the"
                            + " output folder.")
    private boolean save;

    @Option(names = "--json", description = "Print one JSON object and nothing else.")
    private boolean json;

    /** Created by picocli, which fills in the options. */
    @SuppressWarnings("NullAway.Init")
    public TrainCommand() {}

    @Override
    public Integer call() throws IOException, TranslateException {
        GradientRule rule = ruleOptions.getRule().rule(ruleOptions.getLambda());
        MaskSolver solver = maskOptions.newSolver(mask);
        try (Task opened = taskOptions.open(seed)) {
            int steps = taskOptions.stepsFor(opened);
            scheduleOptions.check(steps);
            Path folder = OutputFolder.create(output == null ? defaultOutput(opened) : output);
            RunSettings settings =
                    new RunSettings(
                            maskOptions.getPattern(),
                            mask,
                            solver,
                            rule,
                            kernel,
                            scheduleOptions.schedule(steps),
                            steps,
                            seed);
            PrintWriter out = spec.commandLine().getOut();
            String title = title(opened, settings);
            if (!json) {
                out.println(title);
                out.flush();
            }
            Comparison comparison =
                    ComparisonRun.run(
                            opened,
                            settings,
                            ProgressDisplay.of(json, spec.commandLine().getErr()),
                            saver(folder));
            if (json) {
                out.println(
                        JsonReport.of(
                                taskOptions.getTask(),
                                opened.getModelName(),
                                opened.getMetric(),
                                comparison));
            } else {
                print(out, opened, comparison);
            }
            out.flush();
            write(folder, title, opened, comparison);
            return 0;
        }
    }

    private Path defaultOutput(Task opened) {
        List<String> parts = new ArrayList<>();
        parts.add(taskOptions.getTask().toString());
        parts.add(opened.getModelName().toString());
        NmPattern pattern = maskOptions.getPattern();
        parts.add(pattern.n() + "-" + pattern.m());
        if (mask != MaskKind.TRANSPOSABLE) {
            parts.add(mask.toString());
        }
        if (maskOptions.getSolver() != SolverName.AUTO) {
            parts.add(maskOptions.getSolver().toString());
        }
        if (ruleOptions.getRule() != RuleName.MASKED) {
            parts.add(ruleOptions.getRule().toString());
        }
        if (!kernel.isAuto()) {
            parts.add("kernel-" + kernel);
        }
        if (scheduleOptions.getDenseFinish() > 0) {
            parts.add("dense-finish-" + scheduleOptions.getDenseFinish());
        }
        if (seed != 1) {
            parts.add("seed-" + seed);
        }
        return Path.of("runs", String.join("-", parts));
    }

    private String title(Task opened, RunSettings settings) {
        return String.format(
                Locale.ROOT,
                "%s, %s, %s, %d steps%s, batch %d, seed %d%s",
                taskOptions.getTask(),
                opened.getModelName(),
                mask == MaskKind.NONE ? "no masks" : maskOptions.getPattern() + " " + mask,
                settings.steps(),
                mask == MaskKind.NONE ? "" : scheduleOptions.describe(),
                opened.getBatchSize(),
                seed,
                kernel.isAuto() ? "" : ", kernel " + kernel);
    }

    private ModelSaver saver(Path folder) {
        return save
                ? (name, block) -> ModelWeights.write(block, folder.resolve(name + ".safetensors"))
                : ModelSaver.NONE;
    }

    private static void print(PrintWriter out, Task opened, Comparison comparison) {
        out.println();
        out.print(ComparisonTable.of(comparison, opened.getMetric()));
        if (comparison.kernelSeconds() > 0) {
            out.printf(
                    Locale.ROOT,
                    "Kernels were tried beforehand, in %.1f s.%n",
                    comparison.kernelSeconds());
        }
        String baseline = opened.getBaseline();
        if (baseline != null) {
            out.println(baseline);
        }
        out.println();
        out.println(comparison.sparse().report());
    }

    private void write(Path folder, String title, Task opened, Comparison comparison)
            throws IOException {
        Path curve = folder.resolve("learning-curve.png");
        LearningCurveChart.write(comparison, opened.getMetric(), title, curve);
        announce(curve);
        MaskedWeight weight = comparison.sparse().picture();
        Path picture = folder.resolve("mask.png");
        if (weight == null) {
            Files.deleteIfExists(picture); // of an earlier run
        } else {
            MaskPicture.write(weight, picture);
            announce(picture);
        }
        List<RefreshSample> refreshes = comparison.sparse().masks().refreshes();
        Path chart = folder.resolve("masks.png");
        if (refreshes.isEmpty()) {
            Files.deleteIfExists(chart);
        } else {
            RefreshChart.write(refreshes, comparison.settings().steps(), title, chart);
            announce(chart);
        }
        Path metrics = folder.resolve("metrics.csv");
        TelemetryFiles.writeMetrics(comparison, metrics);
        announce(metrics);
        Path masks = folder.resolve("masks.csv");
        TelemetryFiles.writeMasks(refreshes, masks);
        announce(masks);
    }

    private void announce(Path file) {
        if (!json) {
            PrintWriter out = spec.commandLine().getOut();
            out.println(file);
            out.flush();
        }
    }
}
