package org.djlsparse.cli.command;

import ai.djl.translate.TranslateException;

import org.djlsparse.cli.report.DiversityChart;
import org.djlsparse.cli.report.Json;
import org.djlsparse.cli.report.StudyChart;
import org.djlsparse.cli.report.StudyTable;
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

/** Trains variants of masks from several seeds and compares them with dense. */
@Command(
        name = "study",
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        description = {
            "Trains a model dense and with several kinds of masks, each from the same seeds, and"
                    + " compares.",
            "Each finished run is kept in runs.jsonl of the output folder. An interrupted study"
                    + " goes on with --resume, which may also ask for more seeds or variants."
        })
public final class StudyCommand implements Callable<Integer> {

    @Spec private CommandSpec spec;

    @Mixin private TaskOptions taskOptions;

    @Option(
            names = "--seeds",
            defaultValue = "5",
            converter = AtLeastOne.class,
            description = "The number of seeds: 1, 2, and so on.")
    private int seeds;

    @Option(
            names = "--variants",
            split = ",",
            paramLabel = "<name>",
            converter = VariantConverter.class,
            description =
                    "What to train beside dense, with commas between: row-2:4, transposable-2:4,"
                            + " transposable-4:8, transposable-8:16, static-2:4. All by default.")
    private @Nullable List<Variant> variants;

    @Mixin private RuleOptions ruleOptions;

    @Mixin private ScheduleOptions scheduleOptions;

    @Option(
            names = "--output",
            description = "The folder for results; runs/study-TASK-MODEL by default.")
    private @Nullable Path output;

    @Option(names = "--resume", description = "Go on with the runs in the output folder.")
    private boolean resume;

    @Option(names = "--json", description = "Print one JSON object and nothing else.")
    private boolean json;

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
        PrintWriter out = spec.commandLine().getOut();
        String title = title(settings);
        List<StudyRun> runs;
        try (RunsFile file = RunsFile.open(folder, settings, resume)) {
            say(title);
            Study study =
                    new Study(
                            settings,
                            variants(),
                            seeds,
                            taskOptions::open,
                            ProgressDisplay.of(json, spec.commandLine().getErr()),
                            run -> say(line(run, metric)));
            runs = study.run(file);
        }
        StudyReport report = StudyReport.of(settings, metric, variants(), seeds, runs);
        if (json) {
            out.println(Json.of(report));
            out.flush();
        } else {
            say("");
            out.print(StudyTable.of(report, metric));
            say("");
        }
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

    /** What to train, in the order of all variants. */
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
                ModelTrainer.checkFit(task, pattern, "--variants " + variant);
            }
        }
    }

    private String title(StudySettings settings) {
        return String.format(
                Locale.ROOT,
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
        return String.format(
                Locale.ROOT,
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
        say(results.toString());
        Path chart = folder.resolve("study.png");
        StudyChart.write(report, metric, title, chart);
        say(chart.toString());
        Path diversity = folder.resolve("diversity.png");
        if (DiversityChart.write(report, metric, title, diversity)) {
            say(diversity.toString());
        } else {
            Files.deleteIfExists(diversity); // of an earlier study
        }
    }

    private void say(String line) {
        if (!json) {
            PrintWriter out = spec.commandLine().getOut();
            out.println(line);
            out.flush();
        }
    }
}
