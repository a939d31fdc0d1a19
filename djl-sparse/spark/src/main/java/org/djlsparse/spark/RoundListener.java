package org.djlsparse.spark;

import ai.djl.training.Trainer;

/** Is told of each round, on the driver. */
@FunctionalInterface
public interface RoundListener {

    /**
     * Handles the end of a round. Training waits meanwhile.
     *
     * @param report the figures of the round
     * @param trainer the driver's trainer, whose model has the round's average weights and its
     *     masks, as for {@code EasyTrain.evaluateDataset(trainer, validation)} or {@code
     *     trainer.getModel()}. Changes to the model have no effect on the training
     * @throws Exception if training shall end; {@link SparkTraining#train} passes it on, as the
     *     cause of an {@code IllegalStateException} unless it is a {@code RuntimeException}
     */
    void onRound(RoundReport report, Trainer trainer) throws Exception;
}
