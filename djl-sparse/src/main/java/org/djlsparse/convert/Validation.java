package org.djlsparse.convert;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.training.dataset.Batch;
import ai.djl.training.dataset.Dataset;
import ai.djl.training.evaluator.Evaluator;
import ai.djl.translate.TranslateException;

import java.io.IOException;
import java.util.List;
import java.util.function.UnaryOperator;

/** Evaluates a model on data with labels. */
record Validation(Dataset dataset, List<Evaluator> evaluators) {

    private static final String KEY = "conversion";

    List<Double> measure(NDManager manager, UnaryOperator<NDList> model) {
        evaluators.forEach(evaluator -> evaluator.addAccumulator(KEY)); // resets it
        try (NDManager reading = manager.newSubManager()) {
            for (Batch batch : dataset.getData(reading)) {
                try (batch) {
                    NDList labels = batch.getLabels();
                    NDList predictions = model.apply(batch.getData());
                    evaluators.forEach(e -> e.updateAccumulator(KEY, labels, predictions));
                }
            }
        } catch (IOException | TranslateException e) {
            throw new IllegalStateException("validation data cannot be read: " + e.getMessage(), e);
        }
        return evaluators.stream().map(e -> (double) e.getAccumulator(KEY)).toList();
    }
}
