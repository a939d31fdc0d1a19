package org.djlsparse.cli.run;

import ai.djl.ndarray.NDManager;
import ai.djl.training.dataset.Batch;
import ai.djl.training.dataset.Dataset;
import ai.djl.translate.TranslateException;
import ai.djl.util.Progress;

import org.djlsparse.cli.task.Task;
import org.jspecify.annotations.Nullable;

import java.io.IOException;

/**
 * Random batches of a task's training data; the same for equal seeds.
 *
 * @param task the task
 * @param size the number of examples in a batch
 * @param count the number of batches
 * @param seed the seed of the choice
 */
public record SeededBatches(Task task, int size, int count, int seed) implements Dataset {

    /** Returns the batches of a training run. */
    static SeededBatches ofRun(Task task, int steps, int seed) {
        return new SeededBatches(task, task.getBatchSize(), steps, seed);
    }

    /**
     * Returns a sample of the data.
     *
     * @param task the task
     * @param examples the least number of examples; rounded up to whole batches
     * @param seed the seed of the choice
     * @return the batches
     */
    public static SeededBatches sample(Task task, int examples, int seed) {
        int size = Math.min(task.getBatchSize(), examples);
        return new SeededBatches(task, size, -Math.floorDiv(-examples, size), seed);
    }

    @Override
    public Iterable<Batch> getData(NDManager manager) throws IOException, TranslateException {
        return task.getTrainingSet().getData(manager, new SeededSampler(size, count, seed));
    }

    @Override
    public void prepare(@Nullable Progress progress) {
        // The task's data is already loaded.
    }
}
