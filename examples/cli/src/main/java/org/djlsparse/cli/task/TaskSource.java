package org.djlsparse.cli.task;

/** Opens the task of a run. */
@FunctionalInterface
public interface TaskSource {

    /**
     * Opens the task.
     *
     * @param seed the seed of the split of the data, if the task has one
     * @param width the factor of the widths of the model's layers
     * @return the task, which the caller closes
     */
    Task open(int seed, double width);
}
