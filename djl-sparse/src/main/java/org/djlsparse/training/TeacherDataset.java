package org.djlsparse.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import ai.djl.training.ParameterStore;
import ai.djl.training.dataset.Batch;
import ai.djl.training.dataset.Dataset;
import ai.djl.translate.Batchifier;
import ai.djl.translate.TranslateException;
import ai.djl.translate.TranslatorOptions;
import ai.djl.util.Progress;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.Iterator;
import java.util.concurrent.ExecutorService;

/** The data set of a {@link Distillation}: adds the teacher's outputs to the labels. */
final class TeacherDataset implements Dataset {

    private final Dataset dataset;
    private final Block teacher;

    TeacherDataset(Dataset dataset, Block teacher) {
        this.dataset = dataset;
        this.teacher = teacher;
    }

    @Override
    public Iterable<Batch> getData(NDManager manager) throws IOException, TranslateException {
        return taught(dataset.getData(manager));
    }

    @Override
    public Iterable<Batch> getData(NDManager manager, @Nullable ExecutorService executorService)
            throws IOException, TranslateException {
        return taught(dataset.getData(manager, executorService));
    }

    private Iterable<Batch> taught(Iterable<Batch> batches) {
        return () -> {
            Iterator<Batch> iterator = batches.iterator();
            return new Iterator<>() {
                @Override
                public boolean hasNext() {
                    return iterator.hasNext();
                }

                @Override
                public Batch next() {
                    return taught(iterator.next());
                }
            };
        };
    }

    private Batch taught(Batch batch) {
        NDManager manager = batch.getManager();
        NDList labels = new NDList(batch.getLabels());
        labels.addAll(predict(batch.getData(), manager));
        return new Batch(
                manager,
                batch.getData(),
                labels,
                batch.getSize(),
                Batchifier.STACK,
                Batchifier.STACK,
                batch.getProgress(),
                batch.getProgressTotal(),
                batch.getIndices());
    }

    /** Runs the teacher in a scope of its own, so that only its outputs stay. */
    private NDList predict(NDList data, NDManager manager) {
        try (NDManager scope = manager.newSubManager()) {
            scope.tempAttachAll(data);
            NDList outputs = new NDList();
            for (NDArray output : teacher.forward(new ParameterStore(scope, false), data, false)) {
                // A copy: an output may be an input, which goes back to its manager.
                NDArray constant = output.stopGradient();
                constant.attach(manager);
                outputs.add(constant);
            }
            return outputs;
        }
    }

    @Override
    public void prepare(@Nullable Progress progress) throws IOException, TranslateException {
        dataset.prepare(progress);
    }

    @Override
    public @Nullable TranslatorOptions matchingTranslatorOptions() {
        return dataset.matchingTranslatorOptions();
    }
}
