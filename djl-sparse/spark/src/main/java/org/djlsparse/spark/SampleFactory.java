package org.djlsparse.spark;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;

import java.io.IOException;
import java.io.Serializable;

/**
 * Reads calibration samples on each machine of a cluster. The factory is sent there, so it must be
 * serializable: a lambda that uses only serializable values is.
 *
 * <pre>{@code
 * SampleFactory samples = (manager, task, tasks) -> {
 *     float[][] rows = readRows("hdfs://...", task, tasks); // every tasks-th row
 *     return List.of(new NDList(manager.create(rows)));
 * };
 * }</pre>
 */
@FunctionalInterface
public interface SampleFactory extends Serializable {

    /**
     * Reads the samples of one task. They must be the same each time, on any machine, because they
     * are read once for each pass of the model.
     *
     * @param manager the owner of the samples, on the model's device; it is closed when they have
     *     been used
     * @param task the number of the task, from 0
     * @param tasks the number of tasks
     * @return representative inputs of the model, batch by batch; possibly none. They are iterated
     *     over once, as far as needed. The first dimension of the first array counts samples;
     *     arrays with a different first dimension are used unchanged
     * @throws IOException if the samples cannot be read
     */
    Iterable<NDList> getSamples(NDManager manager, int task, int tasks) throws IOException;
}
