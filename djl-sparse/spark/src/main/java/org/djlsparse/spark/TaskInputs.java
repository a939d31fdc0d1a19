package org.djlsparse.spark;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;

import org.apache.spark.broadcast.Broadcast;

import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.Iterator;

/** What each task of a conversion needs: the model and the samples. Immutable. */
final class TaskInputs implements Serializable {

    private static final long serialVersionUID = 1;

    private final String version = LibraryVersion.get();
    private final BlockFactory model;
    private final SampleFactory samples;
    private final Broadcast<ModelValues> values;
    private final int tasks;

    TaskInputs(
            BlockFactory model, SampleFactory samples, Broadcast<ModelValues> values, int tasks) {
        this.model = model;
        this.samples = samples;
        this.values = values;
        this.tasks = tasks;
    }

    /** Returns the number of tasks that share the samples. */
    int getTasks() {
        return tasks;
    }

    /** Builds the model, when it is this task's turn. */
    ModelCopy openModel() {
        LibraryVersion.check(version);
        return ModelCopy.open(model, values.value());
    }

    /** Returns the samples of a task, which are read when they are iterated over. */
    Iterable<NDList> getSamples(NDManager owner, int task) {
        return () -> read(owner, task);
    }

    private Iterator<NDList> read(NDManager owner, int task) {
        try {
            return samples.getSamples(owner, task, tasks).iterator();
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "samples of task "
                            + (task + 1)
                            + " of "
                            + tasks
                            + ": cannot be read: "
                            + e.getMessage(),
                    e);
        }
    }

    /** Frees the values on all machines. */
    void destroy() {
        values.destroy();
    }
}
