package org.djlsparse.cli.run;

import ai.djl.Model;
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

import org.djlsparse.cli.task.Task;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Trains one model with plain DJL; knows nothing of masks. */
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

    RunResult train(Model model, Progress progress, TrainingListener... listeners)
            throws IOException, TranslateException {
        LossRecorder recorder = new LossRecorder(progress);
        DefaultTrainingConfig config =
                new DefaultTrainingConfig(Validation.newLoss())
                        .optOptimizer(
                                Optimizer.adam().optLearningRateTracker(learningRate()).build())
                        .addTrainingListeners(listeners)
                        .addTrainingListeners(recorder);
        progress.begin(model.getName(), steps);
        try (Trainer trainer = model.newTrainer(config)) {
            trainer.initialize(task.getInputShape());
            return train(trainer, recorder);
        } finally {
            progress.end();
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
            // None shortly before the last one, which is due anyway.
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
