package org.djlsparse.spark.cli;

import ai.djl.translate.TranslateException;

import org.apache.spark.api.java.JavaSparkContext;
import org.djlsparse.ModelWeights;
import org.djlsparse.Sparsifier;
import org.djlsparse.SparsityReport;
import org.djlsparse.cli.InputException;
import org.djlsparse.cli.command.MaskOptions;
import org.djlsparse.cli.command.Output;
import org.djlsparse.cli.command.OutputFolder;
import org.djlsparse.cli.command.RecipeOptions;
import org.djlsparse.cli.command.TaskOptions;
import org.djlsparse.cli.options.KernelName;
import org.djlsparse.cli.options.MaskKind;
import org.djlsparse.cli.report.LearningCurveChart;
import org.djlsparse.cli.report.Text;
import org.djlsparse.cli.run.ModelTrainer;
import org.djlsparse.cli.run.RunResult;
import org.djlsparse.cli.run.Score;
import org.djlsparse.cli.run.SparseTraining;
import org.djlsparse.cli.run.Validation;
import org.djlsparse.cli.run.Validations;
import org.djlsparse.cli.task.Task;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.spark.DataFactory;
import org.djlsparse.spark.RoundReport;
import org.djlsparse.spark.SparkTraining;
import org.djlsparse.spark.TrainingResult;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Trains a model in rounds. */
@Command(
        name = "train",
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        description = {
            "Trains a model with N:M masks in rounds: in each, tasks train from the same weights on"
                    + " their shares of the data, and the driver averages them. With --mask none,"
                    + " it trains dense.",
            "Steps and batches are those of one task. The executors open the task, too, so they"
                    + " must find --data at the same path."
        })
final class TrainCommand implements Callable<Integer>, TaskCommand {

    private static final Validations VALIDATIONS = new Validations(10, false);

    @ParentCommand private Main main;

    @Spec private CommandSpec spec;

    @Mixin private TaskOptions taskOptions;

    @Mixin private MaskOptions maskOptions;

    @Option(
            names = "--mask",
            defaultValue = "transposable",
            description = "The kind of the masks: ${COMPLETION-CANDIDATES}.")
    private MaskKind mask;

    @Mixin private RecipeOptions recipeOptions;

    @Mixin private RoundOptions roundOptions;

    @Option(
            names = "--kernel",
            paramLabel = "NAME",
            defaultValue = "dense",
            description =
                    "The kernel of the products of masked layers: dense for DJL's own products, or"
                        + " the name of a kernel, such as cpu-sparse. Not auto, because executors"
                        + " might choose differently.")
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
            paramLabel = "DIR",
            description =
                    "The driver's folder for the model, the chart and the CSV file. By default"
                            + " runs/spark-TASK-MODEL-PATTERN.")
    private @Nullable Path output;

    @Mixin private Output answer;

    @SuppressWarnings("NullAway.Init") // filled in by picocli
    TrainCommand() {}

    @Override
    public TaskOptions getTaskOptions() {
        return taskOptions;
    }

    @Override
    public int getSeed() {
        return seed;
    }

    /** Creates the settings of the Sparsifier. */
    Sparsifier.Builder newSparsifier(int steps) {
        return recipeOptions
                .training(steps)
                .newBuilder(
                        maskOptions.getPattern(),
                        maskOptions.newSolver(mask),
                        steps,
                        kernel.newChooser(),
                        seed);
    }

    @Override
    public Integer call() throws IOException, TranslateException {
        check();
        RemoteCommand command = RemoteCommand.of(spec);
        try {
            Task task = command.open().task();
            checkData(task);
            int asked = taskOptions.stepsFor(task, roundOptions.getTasks());
            int localSteps =
                    roundOptions.localSteps(
                            recipeOptions.training(asked).recipe().getRefreshes(), asked);
            int rounds = -Math.floorDiv(-asked, localSteps);
            int steps = Math.multiplyExact(rounds, localSteps);
            SparseTraining training = recipeOptions.training(steps);
            if (mask != MaskKind.NONE) {
                ModelTrainer.checkFit(task, maskOptions.getPattern(), training);
            }
            Path folder = OutputFolder.create(output == null ? defaultOutput(task) : output);
            String title = title(task, training, rounds, localSteps);
            answer.say(title);
            if (mask != MaskKind.NONE) {
                answer.say(training.recipe());
            }
            List<Score> scores = new ArrayList<>();
            RemoteTraining remote = new RemoteTraining(command, steps);
            SparkTraining.Builder builder =
                    SparkTraining.builder()
                            .setModel(remote::newModel)
                            .setData(
                                    DataFactory.sharing(
                                            manager -> remote.task().getTrainingSet(),
                                            task.getBatchSize()))
                            .optSparsifier(mask == MaskKind.NONE ? null : remote::newSparsifier)
                            .setRounds(rounds)
                            .optLocalSteps(localSteps)
                            .optSeed(seed)
                            .optListener(
                                    (report, trainer) -> {
                                        answer.say(RoundText.of(report, rounds));
                                        int done = report.round() + 1;
                                        if (done < rounds && VALIDATIONS.isDue(done, rounds)) {
                                            scores.add(
                                                    Validation.measure(
                                                            trainer, task, (int) report.step()));
                                        }
                                    });
            roundOptions.apply(builder);
            JavaSparkContext spark = main.connect(spec);
            try (TrainingResult result = train(builder.build(), spark)) {
                scores.add(Validation.measure(result.getTrainer(), task, steps));
                report(task, localSteps, steps, result, scores);
                write(folder, title, task, rounds, result, scores);
            }
            return 0;
        } finally {
            command.close();
        }
    }

    private void check() {
        roundOptions.check();
        maskOptions.newSolver(mask); // throws if it does not fit
        if (kernel.isAuto()) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--kernel auto: must be dense or a kernel's name, the same on all executors");
        }
    }

    private void checkData(Task task) {
        long examples = task.getTrainingSet().size();
        long needed = (long) roundOptions.getTasks() * task.getBatchSize();
        if (examples < needed) {
            throw new InputException(
                    "tasks",
                    roundOptions.getTasks(),
                    "with batches of "
                            + task.getBatchSize()
                            + " must be at most "
                            + examples / task.getBatchSize()
                            + ", for "
                            + examples
                            + " examples");
        }
    }

    private static TrainingResult train(SparkTraining training, JavaSparkContext spark)
            throws IOException {
        try {
            return training.train(spark);
        } catch (IllegalStateException e) {
            // The message has the round, the task and what failed there.
            throw new IOException(e.getMessage(), e);
        } catch (IllegalArgumentException e) {
            throw new InputException(String.valueOf(e.getMessage()), e);
        }
    }

    private Path defaultOutput(Task task) {
        NmPattern pattern = maskOptions.getPattern();
        return Path.of(
                "runs",
                "spark-"
                        + taskOptions.getTask()
                        + "-"
                        + task.getModelName()
                        + "-"
                        + (mask == MaskKind.NONE ? "dense" : pattern.n() + "-" + pattern.m()));
    }

    private String title(Task task, SparseTraining training, int rounds, int localSteps) {
        return Text.format(
                "%s, %s, %s, rounds: %d, steps per round: %d, tasks: %d, batch %d, seed %d",
                taskOptions.getTask(),
                task.getModelName(),
                mask == MaskKind.NONE
                        ? "no masks"
                        : maskOptions.getPattern()
                                + " "
                                + mask
                                + ", "
                                + training.recipe().getName(),
                rounds,
                localSteps,
                roundOptions.getTasks(),
                task.getBatchSize(),
                seed);
    }

    private void report(
            Task task, int localSteps, int steps, TrainingResult result, List<Score> scores) {
        SparsityReport report = result.getSparsifier().report();
        Score last = scores.get(scores.size() - 1);
        TrainJson json =
                new TrainJson(
                        taskOptions.getTask(),
                        task.getModelName(),
                        maskOptions.getPattern().toString(),
                        mask,
                        seed,
                        roundOptions.getTasks(),
                        localSteps,
                        steps,
                        last.loss(),
                        last.metric(),
                        task.getMetric(),
                        report.getDensity(),
                        mask.isValid(report),
                        result.getReports().stream().map(TrainJson.Round::of).toList());
        answer.print(
                json,
                () ->
                        Text.format(
                                "%nvalidation: loss %.4f, %s %.4f%n%s",
                                last.loss(),
                                task.getMetric().getTitle(),
                                last.metric(),
                                mask == MaskKind.NONE ? "" : Text.format("%n%s%n", report)));
    }

    private void write(
            Path folder,
            String title,
            Task task,
            int rounds,
            TrainingResult result,
            List<Score> scores)
            throws IOException {
        Path model = folder.resolve("model.safetensors");
        ModelWeights.write(result.getSparsifier().unwrap(result.getModel().getBlock()), model);
        answer.say(model);
        List<RoundReport> reports = result.getReports();
        Path csv = folder.resolve("rounds.csv");
        RoundsFile.write(reports, csv);
        answer.say(csv);
        Path curve = folder.resolve("learning-curve.png");
        if (reports.size() == rounds) {
            String name = mask == MaskKind.NONE ? "dense" : "sparse";
            LearningCurveChart.write(name, run(reports, scores), task.getMetric(), title, curve);
            answer.say(curve);
        } else {
            Files.deleteIfExists(curve); // a resumed training lacks the start of the curve
        }
    }

    /** Each step gets the mean loss of its round. */
    private static RunResult run(List<RoundReport> reports, List<Score> scores) {
        List<Double> losses = new ArrayList<>();
        List<Double> seconds = new ArrayList<>();
        for (RoundReport report : reports) {
            int steps = (int) (report.step() - losses.size());
            losses.addAll(Collections.nCopies(steps, report.getLoss()));
            seconds.addAll(Collections.nCopies(steps, report.seconds() / steps));
        }
        return new RunResult(losses, seconds, scores);
    }
}
