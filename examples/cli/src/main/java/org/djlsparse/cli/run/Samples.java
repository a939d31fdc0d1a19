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
 * A random part of a task's training data; the same for equal seeds.
 *
 * @param task the task
 * @param count the least number of examples; rounded up to whole batches
 * @param seed the seed of the choice
 */
public record Samples(Task task, int count, int seed) implements Dataset {

    @Override
    public Iterable<Batch> getData(NDManager manager) throws IOException, TranslateException {
        int batch = Math.min(task.getBatchSize(), count);
        SeededSampler sampler = new SeededSampler(batch, -Math.floorDiv(-count, batch), seed);
        return task.getTrainingSet().getData(manager, sampler);
    }

    @Override
    public void prepare(@Nullable Progress progress) {
        // The task's data is already loaded.
    }
}
