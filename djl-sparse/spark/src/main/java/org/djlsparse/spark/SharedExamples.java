package org.djlsparse.spark;

import ai.djl.ndarray.NDManager;
import ai.djl.training.dataset.Batch;
import ai.djl.training.dataset.Dataset;
import ai.djl.training.dataset.RandomAccessDataset;
import ai.djl.translate.TranslateException;
import ai.djl.util.Progress;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.concurrent.ExecutorService;

/** Divides the examples of one data set among the tasks. */
final class SharedExamples implements DataFactory {

    private static final long serialVersionUID = 1;

    private final Examples examples;
    private final int batchSize;

    SharedExamples(Examples examples, int batchSize) {
        DistributedSampler.checkBatchSize(batchSize);
        this.examples = examples;
        this.batchSize = batchSize;
    }

    @Override
    public Dataset newDataset(NDManager manager, TrainingTask task) throws Exception {
        RandomAccessDataset all = examples.newDataset(manager);
        return new Share(all, new DistributedSampler(task, batchSize));
    }

    /** A data set in the order of a sampler. */
    private record Share(RandomAccessDataset all, DistributedSampler sampler) implements Dataset {

        @Override
        public Iterable<Batch> getData(NDManager manager) throws IOException, TranslateException {
            return all.getData(manager, sampler);
        }

        @Override
        public Iterable<Batch> getData(NDManager manager, @Nullable ExecutorService executor)
                throws IOException, TranslateException {
            return all.getData(manager, sampler, executor);
        }

        @Override
        public void prepare(@Nullable Progress progress) throws IOException, TranslateException {
            all.prepare(progress);
        }
    }
}
