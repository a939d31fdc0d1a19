package org.djlsparse.cli.command;

import org.djlsparse.cli.options.OptimizerName;
import org.djlsparse.cli.options.RateSchedule;
import org.djlsparse.cli.task.AdjustedTask;
import org.djlsparse.cli.task.DataPart;
import org.djlsparse.cli.task.ModelName;
import org.djlsparse.cli.task.ModelSize;
import org.djlsparse.cli.task.Task;
import org.djlsparse.cli.task.TaskName;
import org.djlsparse.cli.task.TaskSettings;
import org.djlsparse.cli.task.TrainingSettings;
import org.jspecify.annotations.Nullable;

import java.nio.file.Path;

import picocli.CommandLine.Option;

/** The options of the task, its model and the length of the training. */
public final class TaskOptions {

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
                    "The model: ${COMPLETION-CANDIDATES}. By default resnet for mnist and"
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
                    "The number of training steps; overrides --epochs. Without either: 1500 for"
                            + " resnet and mlp, 4000 for lenet, 1600 for texts.")
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
                    "The highest learning rate. By default 1e-3 for mlp, 3e-3 for resnet, and 1e-2"
                            + " for the others.")
    private @Nullable Float learningRate;

    @Option(
            names = "--optimizer",
            description =
                    "The optimizer: ${COMPLETION-CANDIDATES}, with momentum 0.9 for sgd. By default"
                            + " adamw.")
    private @Nullable OptimizerName optimizer;

    @Option(
            names = "--schedule",
            description =
                    "The course of the learning rate: ${COMPLETION-CANDIDATES}. By default"
                            + " warmup-cosine: a rise over a tenth of the steps, then a cosine.")
    private @Nullable RateSchedule schedule;

    @Option(
            names = "--final-rate",
            converter = NumberConverter.UpToOne.class,
            description =
                    "The last learning rate of a cosine as a share of the highest; 0.02 by"
                            + " default.")
    private @Nullable Float finalRate;

    @Option(
            names = "--weight-decay",
            converter = NumberConverter.ZeroOrMore.class,
            description = "The factor of weight decay; 0.01 by default.")
    private @Nullable Float weightDecay;

    @Option(
            names = "--width",
            defaultValue = "1",
            converter = NumberConverter.AboveZero.class,
            description = "The factor of the widths of the model's layers. Not for lenet.")
    private float width;

    @Option(
            names = "--depth",
            converter = NumberConverter.AtLeastOne.class,
            description =
                    "The number of hidden layers of mlp, 2 by default, of blocks per stage of"
                            + " resnet, 1 by default, or of layers of transformer, 2 by default.")
    private @Nullable Integer depth;

    @Option(
            names = "--dropout",
            converter = NumberConverter.BelowOne.class,
            description =
                    "The rate of dropout. By default 0.3 for mlp and 0 for the others. Not for"
                            + " lenet.")
    private @Nullable Float dropout;

    @Option(
            names = "--evaluate",
            defaultValue = "test",
            description =
                    "The data on which models are measured: ${COMPLETION-CANDIDATES}. With"
                            + " validation, a part of the training data is held out for it, and the"
                            + " test data is not used: for the choice of settings.")
    private DataPart evaluate;

    /** Created by picocli, which fills in the options. */
    @SuppressWarnings("NullAway.Init")
    public TaskOptions() {}

    /**
     * Returns the name of the task.
     *
     * @return the name
     */
    public TaskName getTask() {
        return task;
    }

    DataPart getEvaluate() {
        return evaluate;
    }

    @Nullable Integer getDepth() {
        return depth;
    }

    @Nullable Float getDropout() {
        return dropout;
    }

    double getWidth() {
        return Double.parseDouble(Float.toString(width));
    }

    /**
     * Makes a relative {@code --data} relative to a folder, not to the one in which the program
     * runs.
     *
     * @param folder the folder
     */
    public void setFolder(Path folder) {
        data = data == null ? null : folder.resolve(data);
    }

    /**
     * Opens the task.
     *
     * @param seed the seed of the split of the data
     * @return the task, which the caller closes
     * @throws org.djlsparse.cli.InputException if the options do not go together, or the data is
     *     missing or broken
     */
    public Task open(int seed) {
        return open(seed, getWidth());
    }

    /** Opens the task with a model of another width. */
    Task open(int seed, double otherWidth) {
        TaskSettings settings =
                new TaskSettings(
                        task, model, new ModelSize(otherWidth, depth, dropout), data, evaluate);
        Task opened = settings.open(seed);
        return new AdjustedTask(opened, batch, training(opened.getTraining()));
    }

    private TrainingSettings training(TrainingSettings start) {
        return new TrainingSettings(
                optimizer == null ? start.optimizer() : optimizer,
                schedule == null ? start.schedule() : schedule,
                learningRate == null ? start.learningRate() : learningRate,
                finalRate == null ? start.finalRate() : finalRate,
                weightDecay == null ? start.weightDecay() : weightDecay);
    }

    int stepsFor(Task opened) {
        return stepsFor(opened, 1);
    }

    /**
     * Returns the number of training steps.
     *
     * @param opened the task
     * @param models the number of models that are trained together, each on a batch per step
     * @return the number
     */
    public int stepsFor(Task opened, int models) {
        if (steps != null) {
            return steps;
        }
        if (epochs == null) {
            return opened.getDefaultSteps();
        }
        long examples = opened.getTrainingSet().size() * epochs;
        long batch = (long) models * opened.getBatchSize();
        return (int) Math.min(Integer.MAX_VALUE, -Math.floorDiv(-examples, batch));
    }
}
