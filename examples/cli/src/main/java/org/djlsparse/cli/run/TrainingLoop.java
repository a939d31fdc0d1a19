package org.djlsparse.cli.run;

import ai.djl.Model;
import ai.djl.metric.Metrics;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.Batch;
import ai.djl.training.dataset.Dataset;
import ai.djl.training.listener.TrainingListener;
import ai.djl.training.loss.Loss;
import ai.djl.translate.TranslateException;
import ai.djl.util.Progress;

import org.djlsparse.cli.task.Task;
import org.djlsparse.training.Distillation;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Trains one model with plain DJL. */
final class TrainingLoop {

    private final Task task;
    private final int seed;
    private final int steps;
    private final Validations validations;
    private final @Nullable Distillation distillation;

    TrainingLoop(
            Task task,
            int seed,
            int steps,
            Validations validations,
            @Nullable Distillation distillation) {
        this.task = task;
        this.seed = seed;
        this.steps = steps;
        this.validations = validations;
        this.distillation = distillation;
    }

    /**
     * Trains a model.
     *
     * @param model the model
     * @param progress shows the progress; null to show none
     * @param metrics filled by listeners
     * @param listeners further listeners
     */
    RunResult train(
            Model model,
            @Nullable Progress progress,
            Metrics metrics,
            TrainingListener... listeners)
            throws IOException, TranslateException {
        LossRecorder recorder = new LossRecorder(progress);
        DefaultTrainingConfig config =
                new DefaultTrainingConfig(newLoss())
                        .optOptimizer(task.getTraining().newOptimizer(steps))
                        .addTrainingListeners(listeners)
                        .addTrainingListeners(recorder);
        if (progress != null) {
            progress.reset(model.getName(), steps);
            progress.start(0);
        }
        try (Trainer trainer = model.newTrainer(config)) {
            trainer.setMetrics(metrics);
            trainer.initialize(task.getInputShape());
            return train(trainer, recorder);
        } finally {
            if (progress != null) {
                progress.end();
            }
        }
    }

    private RunResult train(Trainer trainer, LossRecorder recorder)
            throws IOException, TranslateException {
        List<Score> scores = new ArrayList<>();
        List<Double> stepSeconds = new ArrayList<>();
        for (Batch batch : batches(trainer)) {
            long start = System.nanoTime();
            EasyTrain.trainBatch(trainer, batch);
            trainer.step();
            batch.close();
            stepSeconds.add((System.nanoTime() - start) / 1e9);
            int step = stepSeconds.size();
            if (validations.isDue(step, steps)) {
                scores.add(Validation.measure(trainer, task, step));
            }
        }
        return new RunResult(
                recorder.getLosses(),
                stepSeconds,
                scores,
                trainer.getModel().getBlock().getParameters().values().stream()
                        .mapToLong(parameter -> parameter.getArray().size())
                        .sum());
    }

    private Iterable<Batch> batches(Trainer trainer) throws IOException, TranslateException {
        Dataset batches = SeededBatches.ofRun(task, steps, seed);
        return trainer.iterateDataset(
                distillation == null ? batches : distillation.dataset(batches));
    }

    private Loss newLoss() {
        return distillation == null
                ? Validation.newLoss()
                : distillation.newLoss(Validation.newLoss());
    }
}
