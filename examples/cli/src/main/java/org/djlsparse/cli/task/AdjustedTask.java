package org.djlsparse.cli.task;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.training.dataset.RandomAccessDataset;

import org.jspecify.annotations.Nullable;

/** A task with another batch size or learning rate. */
public final class AdjustedTask implements Task {

    private final Task task;
    private final int batchSize;
    private final float learningRate;

    /**
     * Creates the task.
     *
     * @param task the task, closed with this one
     * @param batchSize the number of examples per step; null for the task's own
     * @param learningRate the highest learning rate; null for the task's own
     */
    public AdjustedTask(Task task, @Nullable Integer batchSize, @Nullable Float learningRate) {
        this.task = task;
        this.batchSize = batchSize == null ? task.getBatchSize() : batchSize;
        this.learningRate = learningRate == null ? task.getLearningRate() : learningRate;
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
    public float getLearningRate() {
        return learningRate;
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
