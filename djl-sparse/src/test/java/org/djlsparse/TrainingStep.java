package org.djlsparse;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import ai.djl.training.listener.TrainingListener.BatchData;

import java.util.Map;

/**
 * A training step of a model with 16 inputs and the target zero; a step of the same number gets the
 * same batch.
 */
final class TrainingStep {

    private TrainingStep() {}

    /** Runs a step, including listeners, and returns the loss. */
    static float run(Trainer trainer, int step) {
        float value;
        try (NDManager scratch = trainer.getManager().newSubManager();
                GradientCollector collector = trainer.newGradientCollector()) {
            NDArray x = scratch.arange(64f).add(37f * step).sin().reshape(4, 16);
            NDArray loss = trainer.forward(new NDList(x)).singletonOrThrow().square().mean();
            collector.backward(loss);
            value = loss.getFloat();
        }
        trainer.notifyListeners(
                listener ->
                        listener.onTrainingBatch(trainer, new BatchData(null, Map.of(), Map.of())));
        trainer.step();
        return value;
    }
}
