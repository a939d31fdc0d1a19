package org.djlsparse.cli.task;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.training.dataset.RandomAccessDataset;

import org.jspecify.annotations.Nullable;

/** A task with another batch size or another training. */
public final class AdjustedTask implements Task {

    private final Task task;
    private final int batchSize;
    private final TrainingSettings training;

    /**
     * Creates the task.
     *
     * @param task the task, closed with this one
     * @param batchSize the number of examples per step; null for the task's own
     * @param training the optimizer and its learning rate
     */
    public AdjustedTask(Task task, @Nullable Integer batchSize, TrainingSettings training) {
        this.task = task;
        this.batchSize = batchSize == null ? task.getBatchSize() : batchSize;
        this.training = training;
    }

    @Override
    public ModelName getModelName() {
        return task.getModelName();
    }

    @Override
    public Block newBlock() {
        return task.newBlock();
    }

    @Override
    public Shape getInputShape() {
        return new Shape(batchSize).addAll(task.getInputShape().slice(1));
    }

    @Override
    public RandomAccessDataset getTrainingSet() {
        return task.getTrainingSet();
    }

    @Override
    public RandomAccessDataset getValidationSet() {
        return task.getValidationSet();
    }

    @Override
    public Metric getMetric() {
        return task.getMetric();
    }

    @Override
    public int getBatchSize() {
        return batchSize;
    }

    @Override
    public int getDefaultSteps() {
        return task.getDefaultSteps();
    }

    @Override
    public TrainingSettings getTraining() {
        return training;
    }

    @Override
    public @Nullable String getBaseline() {
        return task.getBaseline();
    }

    @Override
    public void close() {
        task.close();
    }
}
