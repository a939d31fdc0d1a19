package org.djlsparse.cli.command;

import org.djlsparse.cli.task.AdjustedTask;
import org.djlsparse.cli.task.ModelName;
import org.djlsparse.cli.task.Task;
import org.djlsparse.cli.task.TaskName;
import org.jspecify.annotations.Nullable;

import java.nio.file.Path;

import picocli.CommandLine.Option;

/** The options of the task, its model and the length of the training. */
final class TaskOptions {

    @Option(
            names = "--task",
            defaultValue = "names",
            description = "The task: ${COMPLETION-CANDIDATES}.")
    private TaskName task;

    @Option(
            names = "--data",
            description =
                    "The folder of MNIST's four gzip files, which are downloaded without it, or the"
                            + " text file for shakespeare. Not for names.")
    private @Nullable Path data;

    @Option(
            names = "--model",
            description =
                    "The model: ${COMPLETION-CANDIDATES}. By default lenet for mnist and"
                            + " transformer for texts.")
    private @Nullable ModelName model;

    @Option(
            names = "--epochs",
            converter = NumberConverter.AtLeastOne.class,
            description = "The number of passes over the training data.")
    private @Nullable Integer epochs;

    @Option(
            names = "--steps",
            converter = NumberConverter.AtLeastOne.class,
            description =
                    "The number of training steps; overrides --epochs. Without either: 1000 for"
                            + " mnist, 500 for texts.")
    private @Nullable Integer steps;

    @Option(
            names = "--batch",
            converter = NumberConverter.AtLeastOne.class,
            description = "The number of examples per step. By default 64 for mnist, 32 for texts.")
    private @Nullable Integer batch;

    @Option(
            names = "--learning-rate",
            converter = NumberConverter.AboveZero.class,
            description =
                    "The highest learning rate, reached after a tenth of the steps and followed by"
                            + " a cosine decay. By default 1e-2 for lenet, 1e-3 for mlp, 3e-3 for"
                            + " transformer.")
    private @Nullable Float learningRate;

    /** Created by picocli, which fills in the options. */
    @SuppressWarnings("NullAway.Init")
    TaskOptions() {}

    TaskName getTask() {
        return task;
    }

    Task open(int seed) {
        return new AdjustedTask(task.open(model, data, seed), batch, learningRate);
    }

    int stepsFor(Task opened) {
        if (steps != null) {
            return steps;
        }
        if (epochs == null) {
            return opened.getDefaultSteps();
        }
        long examples = opened.getTrainingSet().size() * epochs;
        return (int) Math.min(Integer.MAX_VALUE, -Math.floorDiv(-examples, opened.getBatchSize()));
    }
}
