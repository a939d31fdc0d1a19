package org.djlsparse.cli.task;

import org.jspecify.annotations.Nullable;

import java.nio.file.Path;

/**
 * The settings from which a task is opened.
 *
 * @param name the task
 * @param model the model; null for the task's default
 * @param size the model's size
 * @param data the path of the data; null if the user gave none
 * @param evaluate the part of the data on which models are measured
 */
public record TaskSettings(
        TaskName name,
        @Nullable ModelName model,
        ModelSize size,
        @Nullable Path data,
        DataPart evaluate) {

    /**
     * Returns the settings of a task whose model has its default size and is measured on the test
     * data.
     *
     * @param name the task
     * @param model the model; null for the task's default
     * @param data the path of the data; null if there is none
     * @return the settings
     */
    public static TaskSettings of(TaskName name, @Nullable ModelName model, @Nullable Path data) {
        return new TaskSettings(name, model, ModelSize.DEFAULT, data, DataPart.TEST);
    }

    /**
     * Opens the task and reads its data.
     *
     * @param seed the seed of the split into training, validation and test data
     * @return the task, which the caller closes
     * @throws org.djlsparse.cli.InputException if task and model do not fit, or the data is missing
     *     or broken
     */
    public Task open(long seed) {
        return name.open(this, seed);
    }
}
