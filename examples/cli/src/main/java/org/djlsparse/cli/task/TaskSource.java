package org.djlsparse.cli.task;

/** Opens the task of a run. */
@FunctionalInterface
public interface TaskSource {

    /**
     * Opens the task.
     *
     * @param seed the seed of the split into training and validation data, if the task has one
     * @return the task, which the caller closes
     */
    Task open(int seed);
}
