package org.djlsparse.cli.task;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.training.dataset.RandomAccessDataset;

import org.jspecify.annotations.Nullable;

/** A training task: data, a model for it, and the way in which it is trained. */
public interface Task extends AutoCloseable {

    /**
     * Returns the name of the model.
     *
     * @return the name
     */
    ModelName getModelName();

    /**
     * Creates the model.
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
     * Returns the training data.
     *
     * @return the data set, not shuffled
     */
    RandomAccessDataset getTrainingSet();

    /**
     * Returns the validation data.
     *
     * @return the data set, with its own batch size
     */
    RandomAccessDataset getValidationSet();

    /**
     * Returns the metric of the trained model.
     *
     * @return the metric
     */
    Metric getMetric();

    /**
     * Returns the number of examples per training step.
     *
     * @return the batch size
     */
    int getBatchSize();

    /**
     * Returns the length of the training if the user gives none.
     *
     * @return a number of steps
     */
    int getDefaultSteps();

    /**
     * Returns the optimizer and its learning rate.
     *
     * @return the settings
     */
    TrainingSettings getTraining();

    /**
     * Returns the metric of a simple model, for comparison.
     *
     * @return a sentence; null if there is no such model
     */
    @Nullable String getBaseline();

    /** Frees the data. */
    @Override
    void close();
}
