package org.djlsparse.examples.cli;

import ai.djl.translate.TranslateException;

import org.djlsparse.examples.report.ComparisonTable;
import org.djlsparse.examples.report.JsonReport;
import org.djlsparse.examples.report.LearningCurveChart;
import org.djlsparse.examples.report.MaskPicture;
import org.djlsparse.examples.run.Comparison;
import org.djlsparse.examples.run.ComparisonRun;
import org.djlsparse.examples.run.MaskKind;
import org.djlsparse.examples.run.ModelSaver;
import org.djlsparse.examples.run.Progress;
import org.djlsparse.examples.run.RuleName;
import org.djlsparse.examples.run.RunSettings;
import org.djlsparse.examples.task.ModelName;
import org.djlsparse.examples.task.Task;
import org.djlsparse.examples.task.TaskName;
import org.djlsparse.examples.weights.ModelWeights;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.training.GradientRule;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
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

    private static final float DEFAULT_LAMBDA = 2e-4f;

    @Spec private CommandSpec spec;

    @Option(
            names = "--task",
            defaultValue = "names",
            description = "What to train on: ${COMPLETION-CANDIDATES}.")
    private TaskName task;

    @Option(
            names = "--data",
            description =
                    "The folder with MNIST's four gzip files (downloaded if not given), or the"
                            + " text file for shakespeare. Not for names.")
    private @Nullable Path data;

    @Option(
            names = "--model",
            description =
                    "The model: ${COMPLETION-CANDIDATES}. By default lenet for mnist and"
                            + " transformer for texts.")
    private @Nullable ModelName model;

    @Option(
            names = "--pattern",
            defaultValue = "2:4",
            converter = PatternConverter.class,
            description = "N:M, the number kept of every M.")
    private NmPattern pattern;

    @Option(
            names = "--mask",
            defaultValue = "transposable",
            description = "The masks of the sparse run: ${COMPLETION-CANDIDATES}.")
    private MaskKind mask;

    @Option(
            names = "--rule",
            defaultValue = "masked",
            description =
                    "How gradients pass the masks: ${COMPLETION-CANDIDATES}. With Adam, weights"
                            + " that learn on while pruned stray far between two refreshes.")
    private RuleName rule;

    @Option(
            names = "--lambda",
            converter = AboveZero.class,
            description =
                    "The factor by which sr-ste and masked-decay draw pruned weights to zero; 2e-4"
                            + " by default. Only for these rules.")
    private @Nullable Float lambda;

    @Option(
            names = "--refresh-every",
            defaultValue = "40",
            converter = AtLeastOne.class,
            description = "The number of steps between refreshes of the masks.")
    private int refreshEvery;

    @Option(
            names = "--epochs",
            converter = AtLeastOne.class,
            description = "How often to go through the training data.")
    private @Nullable Integer epochs;

    @Option(
            names = "--steps",
            converter = AtLeastOne.class,
            description = "The number of training steps; goes before --epochs.")
    private @Nullable Integer steps;

    @Option(
            names = "--seed",
            defaultValue = "1",
            description = "Decides first weights, batches and the validation part of names.")
    private int seed;

    @Option(
            names = "--output",
            description = "The folder for pictures; runs/TASK-MODEL-PATTERN by default.")
    private @Nullable Path output;

    @Option(
            names = "--save",
            description =
                    "Write both models' weights to dense.safetensors and sparse.safetensors in the"
                            + " output folder.")
    private boolean save;

    @Option(names = "--json", description = "Print one JSON object and nothing else.")
    private boolean json;

    /** Created by picocli, which fills in the options. */
    @SuppressWarnings("NullAway.Init")
    public TrainCommand() {}

    @Override
    public Integer call() throws IOException, TranslateException {
        GradientRule gradientRule = gradientRule();
        try (Task opened = task.open(model, data, seed)) {
            Path folder = OutputFolder.create(output == null ? defaultOutput(opened) : output);
            RunSettings settings =
                    new RunSettings(
                            pattern, mask, gradientRule, refreshEvery, stepsFor(opened), seed);
            PrintWriter out = spec.commandLine().getOut();
            String title = title(opened, settings);
            if (!json) {
                out.println(title);
                out.flush();
            }
            Comparison comparison = ComparisonRun.run(opened, settings, progress(), saver(folder));
            if (json) {
                out.println(
                        JsonReport.of(task, opened.getModelName(), opened.getMetric(), comparison));
            } else {
                print(out, opened, comparison);
            }
            out.flush();
            draw(folder, title, opened, comparison);
            return 0;
        }
    }

    private GradientRule gradientRule() {
        if (lambda != null && !rule.hasLambda()) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--lambda " + lambda + ": --rule " + rule + " has no such factor");
        }
        return rule.rule(lambda == null ? DEFAULT_LAMBDA : lambda);
    }

    private Path defaultOutput(Task opened) {
        return Path.of(
                "runs", task + "-" + opened.getModelName() + "-" + pattern.n() + "-" + pattern.m());
    }

    private int stepsFor(Task opened) {
        if (steps != null) {
            return steps;
        }
        if (epochs == null) {
            return opened.getDefaultSteps();
        }
        long examples = opened.getTrainingSet().size() * epochs;
        return (int) Math.min(Integer.MAX_VALUE, -Math.floorDiv(-examples, opened.getBatchSize()));
    }

    private String title(Task opened, RunSettings settings) {
        return String.format(
                Locale.ROOT,
                "%s, %s, %s, %d steps, batch %d, seed %d",
                task,
                opened.getModelName(),
                mask == MaskKind.NONE ? "no masks" : pattern + " " + mask,
                settings.steps(),
                opened.getBatchSize(),
                seed);
    }

    private ModelSaver saver(Path folder) {
        return save
                ? (name, block) -> ModelWeights.write(block, folder.resolve(name + ".safetensors"))
                : ModelSaver.NONE;
    }

    @SuppressWarnings("SystemConsoleNull") // the launcher asks newer JDKs for the old way
    private Progress progress() {
        if (json) {
            return Progress.SILENT;
        }
        return System.console() == null
                ? new LineProgress(spec.commandLine().getErr())
                : new BarProgress();
    }

    private static void print(PrintWriter out, Task opened, Comparison comparison) {
        out.println();
        out.print(ComparisonTable.of(comparison, opened.getMetric()));
        String baseline = opened.getBaseline();
        if (baseline != null) {
            out.println(baseline);
        }
        out.println();
        out.println(comparison.report());
    }

    private void draw(Path folder, String title, Task opened, Comparison comparison)
            throws IOException {
        Path curve = folder.resolve("learning-curve.png");
        LearningCurveChart.write(comparison, opened.getMetric(), title, curve);
        announce(curve);
        Path picture = folder.resolve("mask.png");
        if (comparison.picture() == null) {
            Files.deleteIfExists(picture); // of an earlier run
        } else {
            MaskPicture.write(comparison.picture(), picture);
            announce(picture);
        }
    }

    private void announce(Path file) {
        if (!json) {
            PrintWriter out = spec.commandLine().getOut();
            out.println(file);
            out.flush();
        }
    }
}
