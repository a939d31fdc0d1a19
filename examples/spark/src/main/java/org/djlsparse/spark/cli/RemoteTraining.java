package org.djlsparse.spark.cli;

import ai.djl.training.DefaultTrainingConfig;

import org.djlsparse.Sparsifier;
import org.djlsparse.cli.run.Validation;
import org.djlsparse.cli.task.Task;
import org.djlsparse.spark.ModelSetup;

import java.io.Serializable;

/**
 * What executors need of a training.
 *
 * @param command the command
 * @param steps the number of steps of all rounds
 */
record RemoteTraining(RemoteCommand command, int steps) implements Serializable {

    Task task() {
        return command.open().task();
    }

    ModelSetup newModel() {
        Task task = task();
        return new ModelSetup(
                task.newBlock(),
                new DefaultTrainingConfig(Validation.newLoss())
                        .optOptimizer(task.getTraining().newOptimizer(steps)),
                task.getInputShape());
    }

    Sparsifier.Builder newSparsifier() {
        return ((TrainCommand) command.open().command()).newSparsifier(steps);
    }
}
