package org.djlsparse.cli.task;

/** Opens a study's task. */
@FunctionalInterface
public interface TaskSource {

    /**
     * Opens the task.
     *
     * @param seed decides what is for validation, where the task leaves that open
     * @return the task, to be closed after use
     */
    Task open(int seed);
}
