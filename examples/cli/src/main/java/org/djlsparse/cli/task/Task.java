package org.djlsparse.cli.task;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.training.dataset.RandomAccessDataset;

import org.jspecify.annotations.Nullable;

/** Something to train: data, a model that fits it, and how long and how fast to train it. */
public interface Task extends AutoCloseable {

    /**
     * Returns which model this task trains.
     *
     * @return the model's name
     */
    ModelName getModelName();

    /**
     * Builds the model.
     *
     * @return a new block, not initialized
     */
    Block newBlock();

    /**
     * Returns the shape of a batch.
     *
     * @return the shape of the model's input
     */
    Shape getInputShape();

    /**
     * Returns the data to train on.
     *
     * @return the data set; in the order of the data
     */
    RandomAccessDataset getTrainingSet();

    /**
     * Returns the data to validate on.
     *
     * @return the data set, in batches of its own size
     */
    RandomAccessDataset getValidationSet();

    /**
     * Returns what the trained model is judged by.
     *
     * @return the metric
     */
    Metric getMetric();

    /**
     * Returns how many examples a training step takes.
     *
     * @return the size of a training batch
     */
    int getBatchSize();

    /**
     * Returns how long to train if the user does not say.
     *
     * @return a number of steps
     */
    int getDefaultSteps();

    /**
     * Returns the highest learning rate of the run.
     *
     * @return the rate
     */
    float getLearningRate();

    /**
     * Returns what a simple model reaches, for comparison.
     *
     * @return a sentence; null if there is nothing to compare with
     */
    @Nullable String getBaseline();

    /** Frees the data. */
    @Override
    void close();
}
