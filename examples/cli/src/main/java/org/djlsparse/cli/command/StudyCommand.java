package org.djlsparse.cli.command;

import ai.djl.translate.TranslateException;

import org.djlsparse.cli.InputException;
import org.djlsparse.cli.report.DiversityChart;
import org.djlsparse.cli.report.Json;
import org.djlsparse.cli.report.StudyChart;
import org.djlsparse.cli.report.StudyTable;
import org.djlsparse.cli.report.Text;
import org.djlsparse.cli.run.ModelTrainer;
import org.djlsparse.cli.study.RunsFile;
import org.djlsparse.cli.study.Study;
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
                    + " an interrupted study, also with more seeds or variants."
        })
public final class StudyCommand implements Callable<Integer> {

    @Mixin private TaskOptions taskOptions;

    @Option(
            names = "--seeds",
            defaultValue = "5",
            converter = NumberConverter.AtLeastOne.class,
            description = "The number of seeds, counted from 1.")
    private int seeds;

    @Option(
            names = "--variants",
            split = ",",
            paramLabel = "<name>",
            description =
                    "The variants to compare with dense, separated by commas: row-2:4,"
                            + " transposable-2:4, transposable-4:8, transposable-8:16, static-2:4."
                            + " All by default.")
    private @Nullable List<Variant> variants;

    @Mixin private RuleOptions ruleOptions;

    @Mixin private ScheduleOptions scheduleOptions;

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
        Metric metric;
        try (Task task = taskOptions.open(1)) {
            settings = settings(task);
            metric = task.getMetric();
            checkFit(task);
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
            Study study =
                    new Study(
                            settings,
                            variants(),
                            seeds,
                            taskOptions::open,
                            answer.newProgress(),
                            run -> answer.say(line(run, metric)));
            runs = study.run(file);
        }
        StudyReport report = StudyReport.of(settings, metric, variants(), seeds, runs);
        answer.say("");
        answer.print(report, () -> StudyTable.of(report, metric));
        answer.say("");
        write(folder, report, metric, title);
        return 0;
    }

    private StudySettings settings(Task task) {
        int steps = taskOptions.stepsFor(task);
        scheduleOptions.check(steps);
        return new StudySettings(
                taskOptions.getTask(),
                task.getModelName(),
                steps,
                task.getBatchSize(),
                task.getLearningRate(),
                ruleOptions.getRule(),
                ruleOptions.getLambda(),
                scheduleOptions.getRefreshEvery(),
                scheduleOptions.getWarmUp(),
                scheduleOptions.getDenseFinish(),
                task.getTrainingSet().size(),
                task.getValidationSet().size());
    }

    /** Returns the variants to train, in the order of {@link Variant#ALL}. */
    private List<Variant> variants() {
        List<Variant> chosen = new ArrayList<>(Variant.ALL);
        if (variants != null) {
            chosen.removeIf(
                    variant -> !variant.equals(Variant.DENSE) && !variants.contains(variant));
        }
        return chosen;
    }

    private void checkFit(Task task) {
        for (Variant variant : variants()) {
            NmPattern pattern = variant.pattern();
            if (pattern != null) {
                try {
                    ModelTrainer.checkFit(task, pattern);
                } catch (InputException e) {
                    throw e.about("variants", variant);
                }
            }
        }
    }

    private String title(StudySettings settings) {
        return Text.format(
                "study of %s, %s, %d steps%s, batch %d, %s, %s",
                settings.task(),
                settings.model(),
                settings.steps(),
                scheduleOptions.describe(),
                settings.batch(),
                settings.rule(),
                seeds == 1 ? "seed 1" : "seeds 1 to " + seeds);
    }

    private static String line(StudyRun run, Metric metric) {
        return Text.format(
                "seed %d, %-18s %.4f %s, %.4f s/step",
                run.seed(),
                run.variant() + ":",
                run.metric(),
                metric.getTitle(),
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
    }
}
