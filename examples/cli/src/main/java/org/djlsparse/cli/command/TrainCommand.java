package org.djlsparse.cli.command;

import ai.djl.translate.TranslateException;

import org.djlsparse.ModelWeights;
import org.djlsparse.cli.options.KernelName;
import org.djlsparse.cli.options.MaskKind;
import org.djlsparse.cli.options.SolverName;
import org.djlsparse.cli.report.ComparisonTable;
import org.djlsparse.cli.report.JsonReport;
import org.djlsparse.cli.report.LearningCurveChart;
import org.djlsparse.cli.report.MaskPicture;
import org.djlsparse.cli.report.RefreshChart;
import org.djlsparse.cli.report.TelemetryFiles;
import org.djlsparse.cli.report.Text;
import org.djlsparse.cli.run.Comparison;
import org.djlsparse.cli.run.ComparisonRun;
import org.djlsparse.cli.run.MaskedWeight;
import org.djlsparse.cli.run.ModelSaver;
import org.djlsparse.cli.run.RunSettings;
import org.djlsparse.cli.run.SparseTraining;
import org.djlsparse.cli.task.Task;
import org.djlsparse.mask.MaskSolver;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.training.LayerRefresh;
import org.djlsparse.training.SparseRecipe;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Trains a model dense and sparse, and compares the two. */
@Command(
        name = "train",
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        description = {
            "Trains a model twice from the same seed, dense and with N:M masks, and compares the"
                    + " two.",
            "With --model-dir, both trainings start from a trained model."
        })
public final class TrainCommand implements Callable<Integer> {

    @Mixin private TaskOptions taskOptions;

    @Mixin private MaskOptions maskOptions;

    @Option(
            names = "--mask",
            defaultValue = "transposable",
            description = "The kind of the masks of the sparse run: ${COMPLETION-CANDIDATES}.")
    private MaskKind mask;

    @Mixin private RecipeOptions recipeOptions;

    @Mixin private DistillOptions distill;

    @Mixin private ModelFolderOption modelFolder;

    @Option(
            names = "--kernel",
            paramLabel = "NAME",
            defaultValue = "auto",
            description =
                    "The kernel of the products of masked layers: dense for DJL's own products,"
                        + " auto for the fastest on this machine, which is benchmarked before the"
                        + " runs, or the name of a kernel, such as cpu-sparse. Kernels sum in a"
                        + " different order than DJL, so the last digits of losses differ.")
    private KernelName kernel;

    @Option(
            names = "--seed",
            defaultValue = "1",
            description =
                    "The seed of the initial weights, the batches and the validation part of"
                            + " names.")
    private int seed;

    @Option(
            names = "--output",
            description =
                    "The folder for pictures and CSV files. By default runs/TASK-MODEL-PATTERN,"
                            + " followed by the values of --mask, --solver, --recipe, --kernel and"
                            + " --seed that differ from their defaults.")
    private @Nullable Path output;

    @Option(
            names = "--save",
            description =
                    "Write the weights of both models, dense.safetensors and sparse.safetensors, to"
                            + " the output folder.")
    private boolean save;

    @Mixin private Output answer;

    /** Created by picocli, which fills in the options. */
    @SuppressWarnings("NullAway.Init")
    public TrainCommand() {}

    @Override
    public Integer call() throws IOException, TranslateException {
        MaskSolver solver = maskOptions.newSolver(mask);
        try (Task opened = taskOptions.open(seed)) {
            int steps = taskOptions.stepsFor(opened);
            SparseTraining training = recipeOptions.training(steps);
            RunSettings settings =
                    new RunSettings(
                            maskOptions.getPattern(),
                            mask,
                            solver,
                            training,
                            kernel,
                            modelFolder.start(),
                            distill.get(),
                            steps,
                            seed);
            Path folder =
                    OutputFolder.create(output == null ? defaultOutput(opened, settings) : output);
            String title = title(opened, settings);
            answer.say(title);
            if (mask != MaskKind.NONE) {
                answer.say(training.recipe());
            }
            Comparison comparison =
                    ComparisonRun.run(opened, settings, answer.newProgress(), saver(folder));
            answer.print(
                    JsonReport.of(
                            taskOptions.getTask(),
                            opened.getModelName(),
                            opened.getMetric(),
                            comparison),
                    () -> text(opened, comparison));
            write(folder, title, opened, comparison);
            return 0;
        }
    }

    private Path defaultOutput(Task opened, RunSettings settings) {
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
        SparseRecipe recipe = settings.training().recipe();
        if (!recipe.getName().equals(RecipeOptions.DEFAULT.getName())) {
            parts.add(recipe.getName().replace(", ", "-"));
        }
        if (!kernel.isAuto()) {
            parts.add("kernel-" + kernel);
        }
        if (seed != 1) {
            parts.add("seed-" + seed);
        }
        return Path.of("runs", String.join("-", parts));
    }

    private String title(Task opened, RunSettings settings) {
        return Text.format(
                "%s, %s, %s, %d steps, batch %d, seed %d%s",
                taskOptions.getTask(),
                opened.getModelName(),
                mask == MaskKind.NONE
                        ? "no masks"
                        : maskOptions.getPattern()
                                + " "
                                + mask
                                + ", "
                                + settings.training().recipe().getName(),
                settings.steps(),
                opened.getBatchSize(),
                seed,
                kernel.isAuto() ? "" : ", kernel " + kernel);
    }

    private ModelSaver saver(Path folder) {
        return save
                ? (name, block) -> ModelWeights.write(block, folder.resolve(name + ".safetensors"))
                : ModelSaver.NONE;
    }

    private static String text(Task opened, Comparison comparison) {
        String table = ComparisonTable.of(comparison, opened.getMetric());
        String kernels =
                comparison.kernelSeconds() > 0
                        ? Text.format(
                                "Kernels were tried beforehand, in %.1f s.%n",
                                comparison.kernelSeconds())
                        : "";
        String baseline = opened.getBaseline();
        return Text.format(
                "%n%s%s%s%n%s%n",
                table,
                kernels,
                baseline == null ? "" : Text.format("%s%n", baseline),
                comparison.sparse().report());
    }

    private void write(Path folder, String title, Task opened, Comparison comparison)
            throws IOException {
        Path curve = folder.resolve("learning-curve.png");
        LearningCurveChart.write(comparison, opened.getMetric(), title, curve);
        answer.say(curve);
        MaskedWeight weight = comparison.sparse().picture();
        Path picture = folder.resolve("mask.png");
        if (weight == null) {
            Files.deleteIfExists(picture); // of an earlier run
        } else {
            MaskPicture.write(weight, picture);
            answer.say(picture);
        }
        List<LayerRefresh> history = comparison.sparse().history();
        Path chart = folder.resolve("masks.png");
        if (history.isEmpty()) {
            Files.deleteIfExists(chart);
        } else {
            RefreshChart.write(history, comparison.settings().steps(), title, chart);
            answer.say(chart);
        }
        Path metrics = folder.resolve("metrics.csv");
        TelemetryFiles.writeMetrics(comparison, metrics);
        answer.say(metrics);
        Path masks = folder.resolve("masks.csv");
        TelemetryFiles.writeMasks(history, masks);
        answer.say(masks);
    }
}
