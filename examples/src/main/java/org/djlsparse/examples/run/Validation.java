package org.djlsparse.examples.run;

import ai.djl.TrainingDivergedException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.Batch;
import ai.djl.translate.TranslateException;

import org.djlsparse.examples.task.Task;

import java.io.IOException;

/** Measures a model on the task's validation set. */
final class Validation {

    private Validation() {}

    static Score measure(Trainer trainer, Task task, int step)
            throws IOException, TranslateException {
        double lossSum = 0;
        long hits = 0;
        long targets = 0;
        for (Batch batch : trainer.iterateDataset(task.getValidationSet())) {
            try (batch) {
                NDList predictions = trainer.evaluate(batch.getData());
                NDArray labels = batch.getLabels().singletonOrThrow();
                long size = labels.size();
                lossSum +=
                        size
                                * trainer.getLoss()
                                        .evaluate(batch.getLabels(), predictions)
                                        .getFloat();
                hits += hits(predictions.singletonOrThrow(), labels);
                targets += size;
            }
        }
        double loss = lossSum / targets;
        if (!Double.isFinite(loss)) {
            throw new TrainingDivergedException(
                    "training diverged: the validation loss after step " + step + " is " + loss);
        }
        return new Score(step, loss, task.getMetric().of(loss, (double) hits / targets));
    }

    private static long hits(NDArray logits, NDArray labels) {
        NDArray chosen = logits.argMax(-1);
        return chosen.eq(labels.reshape(chosen.getShape()).toType(chosen.getDataType(), false))
                .toType(DataType.INT64, false)
                .sum()
                .getLong();
    }
}
