package org.djlsparse.cli.run;

import ai.djl.Model;
import ai.djl.metric.Metrics;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.Batch;
import ai.djl.training.listener.TrainingListener;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.CosineTracker;
import ai.djl.training.tracker.Tracker;
import ai.djl.training.tracker.WarmUpTracker;
import ai.djl.translate.TranslateException;
import ai.djl.util.Progress;

import org.djlsparse.cli.task.Task;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Trains one model with plain DJL. */
final class TrainingLoop {

    private static final int WARM_UP_PARTS = 10;
    private static final float FINAL_RATE = 0.05f;

    private final Task task;
    private final int seed;
    private final int steps;
    private final int validations;

    TrainingLoop(Task task, int seed, int steps, int validations) {
        this.task = task;
        this.seed = seed;
        this.steps = steps;
        this.validations = validations;
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
                new DefaultTrainingConfig(Validation.newLoss())
                        .optOptimizer(
                                Optimizer.adam().optLearningRateTracker(learningRate()).build())
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
        int validateEvery = Math.max(1, steps / validations);
        List<Double> stepSeconds = new ArrayList<>();
        for (Batch batch : batches(trainer)) {
            long start = System.nanoTime();
            EasyTrain.trainBatch(trainer, batch);
            trainer.step();
            batch.close();
            stepSeconds.add((System.nanoTime() - start) / 1e9);
            int step = stepSeconds.size();
            // None shortly before the last one.
            if (step == steps || (step % validateEvery == 0 && step <= steps - validateEvery)) {
                scores.add(Validation.measure(trainer, task, step));
            }
        }
        return new RunResult(recorder.getLosses(), stepSeconds, scores);
    }

    private Iterable<Batch> batches(Trainer trainer) throws IOException, TranslateException {
        SeededSampler sampler = new SeededSampler(task.getBatchSize(), steps, seed);
        return task.getTrainingSet().getData(trainer.getManager(), sampler);
    }

    private Tracker learningRate() {
        float rate = task.getLearningRate();
        CosineTracker cosine =
                CosineTracker.builder()
                        .setBaseValue(rate)
                        .optFinalValue(rate * FINAL_RATE)
                        .setMaxUpdates(steps)
                        .build();
        return WarmUpTracker.builder()
                .setMainTracker(cosine)
                .optWarmUpSteps(steps / WARM_UP_PARTS)
                .build();
    }
}
