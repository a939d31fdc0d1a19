package org.djlsparse.cli.run;

import ai.djl.Model;
import ai.djl.TrainingDivergedException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.Block;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.Batch;
import ai.djl.training.loss.Loss;
import ai.djl.translate.TranslateException;

import org.djlsparse.cli.task.Task;

import java.io.IOException;

/** Measures a model on the task's validation set. */
public final class Validation {

    private Validation() {}

    /**
     * Measures a trained model.
     *
     * @param block the model
     * @param task the task of the model
     * @return the score, with step 0
     * @throws IOException if data cannot be read
     * @throws TranslateException if data cannot be processed
     * @throws TrainingDivergedException if the loss is not finite
     */
    public static Score measure(Block block, Task task) throws IOException, TranslateException {
        try (Model model = Model.newInstance("validation")) {
            model.setBlock(block);
            try (Trainer trainer = model.newTrainer(new DefaultTrainingConfig(newLoss()))) {
                trainer.initialize(task.getInputShape());
                return measure(trainer, task, 0);
            }
        }
    }

    /**
     * Creates the loss of all tasks: cross-entropy over the last axis.
     *
     * @return the loss
     */
    public static Loss newLoss() {
        return Loss.softmaxCrossEntropyLoss("loss", 1, -1, true, true);
    }

    /**
     * Measures the model of a trainer.
     *
     * @param trainer the trainer
     * @param task the task of the model
     * @param step the number of training steps so far
     * @return the score
     * @throws IOException if data cannot be read
     * @throws TranslateException if data cannot be processed
     * @throws TrainingDivergedException if the loss is not finite
     */
    public static Score measure(Trainer trainer, Task task, int step)
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
