package org.djlsparse.cli.command;

import ai.djl.translate.TranslateException;

import org.djlsparse.cli.InputException;
import org.djlsparse.cli.report.DiversityChart;
import org.djlsparse.cli.report.Json;
import org.djlsparse.cli.report.StudyChart;
import org.djlsparse.cli.report.StudyTable;
import org.djlsparse.cli.report.Text;
import org.djlsparse.cli.report.WidthChart;
import org.djlsparse.cli.run.ModelTrainer;
import org.djlsparse.cli.run.SparseTraining;
import org.djlsparse.cli.study.RunsFile;
import org.djlsparse.cli.study.Study;
import org.djlsparse.cli.study.StudyPlan;
import org.djlsparse.cli.study.StudyReport;
import org.djlsparse.cli.study.StudyRun;
import org.djlsparse.cli.study.StudySettings;
import org.djlsparse.cli.study.Variant;
import org.djlsparse.cli.task.Metric;
import org.djlsparse.cli.task.Task;
import org.djlsparse.mask.NmPattern;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Trains with several kinds of masks from several seeds and compares with dense training. */
@Command(
        name = "study",
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        description = {
            "Trains a model dense and with several kinds of masks, from the same seeds, and"
                    + " compares the results.",
            "Each finished run is saved in runs.jsonl in the output folder. --resume continues"
                    + " an interrupted study, also with more seeds, widths or variants."
        })
public final class StudyCommand implements Callable<Integer> {

    @Mixin private TaskOptions taskOptions;

    @Option(
            names = "--seeds",
            defaultValue = "5",
            converter = NumberConverter.AtLeastOne.class,
            description = "The number of seeds.")
    private int seeds;

    @Option(
            names = "--first-seed",
            defaultValue = "1",
            converter = NumberConverter.AtLeastOne.class,
            description = "The first seed; the others follow it.")
    private int firstSeed;

    @Option(
            names = "--variants",
            split = ",",
            paramLabel = "<name>",
            description =
                    "The variants to compare with dense, separated by commas: row-2:4,"
                            + " transposable-2:4, transposable-4:8, transposable-8:16, static-2:4."
                            + " All by default.")
    private @Nullable List<Variant> variants;

    @Option(
            names = "--ablate",
            description =
                    "Also train transposable 2:4 with each part of the recipe taken away or"
                        + " replaced, where that changes it: without warm-up, without freezing,"
                        + " refreshes every 40 steps, the masked or the straight-through rule, with"
                        + " distillation, with sampled weight gradients.")
    private boolean ablate;

    @Option(
            names = "--widths",
            split = ",",
            paramLabel = "<factor>",
            converter = NumberConverter.AboveZero.class,
            description =
                    "Train models of each of these widths, separated by commas, instead of --width;"
                            + " the first one is that of the charts of variants.")
    private @Nullable List<Float> widths;

    @Mixin private RecipeOptions recipeOptions;

    @Mixin private DistillOptions distill;

    @Option(
            names = "--output",
            description = "The folder for the results. By default runs/study-TASK-MODEL.")
    private @Nullable Path output;

    @Option(names = "--resume", description = "Continue the study in the output folder.")
    private boolean resume;

    @Mixin private Output answer;

    /** Created by picocli, which fills in the options. */
    @SuppressWarnings("NullAway.Init")
    public StudyCommand() {}

    @Override
    public Integer call() throws IOException, TranslateException {
        StudySettings settings;
        StudyPlan plan;
        Metric metric;
        try (Task task = taskOptions.open(firstSeed, widths().get(0))) {
            plan = plan(task);
            settings =
                    StudySettings.of(
                            taskOptions.getTask(),
                            task,
                            taskOptions.getDepth(),
                            taskOptions.getDropout(),
                            taskOptions.getEvaluate(),
                            plan.steps(),
                            plan.training(),
                            plan.distill());
            metric = task.getMetric();
            checkFit(task, plan);
        }
        Path folder =
                OutputFolder.create(
                        output == null
                                ? Path.of(
                                        "runs", "study-" + settings.task() + "-" + settings.model())
                                : output);
        if (!resume && Files.exists(folder.resolve(RunsFile.NAME))) {
            throw new InputException(
                    "output",
                    folder,
                    "holds the "
                            + RunsFile.NAME
                            + " of a study: add --resume to continue it, or name another folder");
        }
        String title = title(settings);
        List<StudyRun> runs;
        try (RunsFile file = RunsFile.open(folder, settings)) {
            answer.say(title);
            answer.say(settings.recipe());
            int left = plan.countLeft(file);
            if (left < plan.count()) {
                answer.say(
                        Text.format(
                                "%d of %d runs are done, %d are left",
                                plan.count() - left, plan.count(), left));
            }
            Study study =
                    new Study(
                            plan,
                            folder,
                            answer.newProgress(),
                            run -> answer.say(line(run, metric)));
            runs = study.run(file);
        }
        StudyReport report =
                StudyReport.of(
                        settings, metric, plan.variants(), plan.seeds(), plan.widths(), runs);
        answer.say("");
        answer.print(report, () -> StudyTable.of(report, metric));
        answer.say("");
        write(folder, report, metric, title);
        return 0;
    }

    private StudyPlan plan(Task task) {
        int steps = taskOptions.stepsFor(task);
        SparseTraining training = recipeOptions.training(steps);
        return new StudyPlan(
                taskOptions::open,
                training,
                distill.get(),
                variants(training),
                IntStream.range(firstSeed, firstSeed + seeds).boxed().toList(),
                widths(),
                steps);
    }

    private List<Double> widths() {
        return widths == null
                ? List.of(taskOptions.getWidth())
                // By their texts, so that 0.1 does not become 0.10000000149.
                : widths.stream().map(w -> Double.valueOf(w.toString())).distinct().toList();
    }

    /**
     * Returns the variants to train, in the order of {@link Variant#ALL}; of the changes of the
     * recipe, those that make a difference.
     */
    private List<Variant> variants(SparseTraining training) {
        List<Variant> chosen = new ArrayList<>(Variant.ALL);
        if (variants != null) {
            chosen.removeIf(
                    variant -> !variant.equals(Variant.DENSE) && !variants.contains(variant));
        }
        if (ablate) {
            Variant.ABLATION.stream()
                    .filter(v -> v.change().changes(training, distill.get()))
                    .forEach(chosen::add);
        }
        return chosen;
    }

    private static void checkFit(Task task, StudyPlan plan) {
        for (Variant variant : plan.variants()) {
            NmPattern pattern = variant.pattern();
            if (pattern != null) {
                try {
                    ModelTrainer.checkFit(task, pattern, plan.training());
                } catch (InputException e) {
                    throw "pattern".equals(e.getField()) ? e.about("variants", variant) : e;
                }
            }
        }
    }

    private String title(StudySettings settings) {
        return Text.format(
                "study of %s, %s, %d steps, batch %d, %s, %s",
                settings.task(),
                settings.model(),
                settings.steps(),
                settings.batch(),
                settings.evaluate(),
                seeds == 1
                        ? "seed " + firstSeed
                        : "seeds " + firstSeed + " to " + (firstSeed + seeds - 1));
    }

    private String line(StudyRun run, Metric metric) {
        return Text.format(
                "seed %d, %-18s %.4f %s, loss %.4f, %.4f s/step",
                run.seed(),
                run.variant()
                        + (widths == null ? "" : Text.format(", width %s", run.width()))
                        + ":",
                run.metric(),
                metric.getTitle(),
                run.loss(),
                run.secondsPerStep());
    }

    private void write(Path folder, StudyReport report, Metric metric, String title)
            throws IOException {
        Path results = folder.resolve("study.json");
        Files.writeString(results, Json.of(report) + "\n");
        answer.say(results);
        Path chart = folder.resolve("study.png");
        StudyChart.write(report, metric, title, chart);
        answer.say(chart);
        Path diversity = folder.resolve("diversity.png");
        if (DiversityChart.write(report, metric, title, diversity)) {
            answer.say(diversity);
        } else {
            Files.deleteIfExists(diversity); // of an earlier study
        }
        Path width = folder.resolve("width.png");
        Path parameters = folder.resolve("parameters.png");
        if (report.hasWidths()) {
            WidthChart.overWidth(report, metric, title, width);
            answer.say(width);
            WidthChart.overParameters(report, metric, title, parameters);
            answer.say(parameters);
        } else {
            Files.deleteIfExists(width);
            Files.deleteIfExists(parameters);
        }
    }
}
