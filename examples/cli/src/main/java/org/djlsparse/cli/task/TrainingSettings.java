package org.djlsparse.cli.task;

import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.CosineTracker;
import ai.djl.training.tracker.Tracker;
import ai.djl.training.tracker.WarmUpTracker;

import org.djlsparse.cli.options.OptimizerName;
import org.djlsparse.cli.options.RateSchedule;

/**
 * The optimizer and its learning rate.
 *
 * @param optimizer the optimizer
 * @param schedule the course of the learning rate
 * @param learningRate the highest learning rate
 * @param finalRate the final rate as a share of the highest; no effect on a constant rate
 * @param weightDecay the factor of weight decay
 */
public record TrainingSettings(
        OptimizerName optimizer,
        RateSchedule schedule,
        float learningRate,
        float finalRate,
        float weightDecay) {

    private static final int WARM_UP_PARTS = 10;
    private static final float MOMENTUM = 0.9f;

    /**
     * Returns the default settings of a task.
     *
     * @param learningRate the highest learning rate
     * @return AdamW with warm-up and cosine
     */
    static TrainingSettings of(float learningRate) {
        return new TrainingSettings(
                OptimizerName.ADAMW, RateSchedule.WARMUP_COSINE, learningRate, 0.02f, 0.01f);
    }

    /**
     * Creates the optimizer of a run.
     *
     * @param steps the number of training steps
     * @return the optimizer
     */
    public Optimizer newOptimizer(int steps) {
        Tracker rate = rate(steps);
        return switch (optimizer) {
            case SGD ->
                    Optimizer.sgd()
                            .setLearningRateTracker(rate)
                            .optMomentum(MOMENTUM)
                            .optWeightDecays(weightDecay)
                            .build();
            case ADAM ->
                    Optimizer.adam()
                            .optLearningRateTracker(rate)
                            .optWeightDecays(weightDecay)
                            .build();
            case ADAMW ->
                    Optimizer.adamW()
                            .optLearningRateTracker(rate)
                            .optWeightDecays(weightDecay)
                            .build();
        };
    }

    /** Returns the learning rate over the steps of a run. */
    Tracker rate(int steps) {
        int warmUp = schedule == RateSchedule.WARMUP_COSINE ? steps / WARM_UP_PARTS : 0;
        if (schedule == RateSchedule.CONSTANT) {
            return Tracker.fixed(learningRate);
        }
        CosineTracker cosine =
                CosineTracker.builder()
                        .setBaseValue(learningRate)
                        .optFinalValue(learningRate * finalRate)
                        // The tracker of the warm-up counts the cosine's steps from its end.
                        .setMaxUpdates(Math.max(1, steps - warmUp))
                        .build();
        return warmUp == 0
                ? cosine
                : WarmUpTracker.builder().setMainTracker(cosine).optWarmUpSteps(warmUp).build();
    }
}
