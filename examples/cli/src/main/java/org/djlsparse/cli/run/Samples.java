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
 * Part of a task's training data, drawn at random; the same for equal seeds.
 *
 * @param task the task
 * @param count the number of examples at least: the last batch is as large as the others
 * @param seed decides which
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
        // The task has its data.
    }
}
