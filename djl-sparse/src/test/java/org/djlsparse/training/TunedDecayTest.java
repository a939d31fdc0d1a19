package org.djlsparse.training;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.core.Linear;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.dataset.Batch;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;

import org.djlsparse.Sparsifier;
import org.djlsparse.SquaredError;
import org.djlsparse.mask.Mask;
import org.djlsparse.mask.MaskSolver;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.mask.WeightShape;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

import static org.assertj.core.api.Assertions.assertThat;

class TunedDecayTest {

    @Test
    void theFactorFollowsTheFlipRateOfDenseTraining() {
        TunedDecay decay = new TunedDecay();
        decay.onRefresh(0.10, true);
        assertThat(decay.getFigures()).containsEntry("dense-flip-rate", 0.10);
        decay.onRefresh(0.20, true);
        decay.onRefresh(0.05, true);
        assertThat(decay.getFigures()).containsEntry("dense-flip-rate", 0.10);

        decay.onRefresh(0.096, false); // ratio 0.96
        assertThat(factor(decay)).isEqualTo(4e-4f);
        decay.onRefresh(0.094, false);
        decay.onRefresh(0.061, false);
        assertThat(factor(decay)).as("inside the band").isEqualTo(4e-4f);
        decay.onRefresh(0.059, false);
        decay.onRefresh(0, false);
        assertThat(factor(decay)).isEqualTo(1e-4f);
    }

    @Test
    void theFactorStaysWithinItsBounds() {
        TunedDecay high = new TunedDecay();
        TunedDecay low = new TunedDecay();
        high.onRefresh(0.1, true);
        low.onRefresh(0.1, true);
        for (int i = 0; i < 30; i++) {
            high.onRefresh(0.5, false);
            low.onRefresh(0, false);
        }
        assertThat(factor(high)).isEqualTo(0.1f);
        assertThat(factor(low)).isEqualTo(1e-6f);
        for (int i = 30; i < 50; i++) {
            high.onRefresh(0.08, false);
        }
        high.onRefresh(0, false);
        assertThat(factor(high)).as("after 50 comparisons").isEqualTo(0.1f);
    }

    @Test
    void withoutADenseFlipRateTheFactorStays() {
        TunedDecay decay = new TunedDecay();
        decay.onRefresh(0.3, false);
        decay.onRefresh(0.1, true);
        decay.onRefresh(0.3, false);
        assertThat(factor(decay)).isEqualTo(2e-4f);
    }

    @Test
    void theWarmUpOfARunShowsTheFlipRateOfDenseTraining() throws Exception {
        List<Mask> plain = train(null);
        Sparsifier sparsifier =
                Sparsifier.builder()
                        .setPattern(NmPattern.of(2, 4))
                        .optSchedule(MaskSchedule.every(2).warmUp(7))
                        .optRule(GradientRule.maskedDecay())
                        .build();
        List<Mask> masks = train(sparsifier);

        // Watched at steps 0, 2, 4, 6 of dense training, refreshed at 7, 9, 11.
        double dense = rate(plain.get(2), plain.get(0));
        dense = (dense + rate(plain.get(4), plain.get(2))) / 2;
        dense = (dense + rate(plain.get(6), plain.get(4))) / 2;
        assertThat(dense).as("masks flip in dense training").isPositive();
        float factor = 2e-4f;
        factor = next(factor, rate(masks.get(9), masks.get(7)) / dense);
        factor = next(factor, rate(masks.get(11), masks.get(9)) / dense);
        assertThat(sparsifier.report().rule())
                .isEqualTo(
                        "masked-decay (tuned) (factor "
                                + factor
                                + ", dense-flip-rate "
                                + (float) dense
                                + ")");
        assertThat(sparsifier.report().refreshes()).isEqualTo(7);
    }

    private static float next(float factor, double ratio) {
        return ratio > 0.95 ? factor * 2 : ratio < 0.60 ? factor / 2 : factor;
    }

    private static double rate(Mask mask, Mask before) {
        return mask.countFlips(before) / (double) mask.getShape().size();
    }

    private static float factor(TunedDecay decay) {
        return Objects.requireNonNull(decay.getFigures().get("factor")).floatValue();
    }

    /** Trains 12 steps and returns the mask of the weight before each. */
    private static List<Mask> train(@Nullable Sparsifier sparsifier) throws Exception {
        Engine.getInstance().setRandomSeed(5);
        List<Mask> masks = new ArrayList<>();
        Linear linear = Linear.builder().setUnits(16).build();
        try (Model model = Model.newInstance("tuned")) {
            model.setBlock(sparsifier == null ? linear : sparsifier.wrap(linear));
            DefaultTrainingConfig config =
                    new DefaultTrainingConfig(new SquaredError())
                            .optOptimizer(
                                    Optimizer.adam()
                                            .optLearningRateTracker(Tracker.fixed(0.02f))
                                            .build());
            if (sparsifier != null) {
                config.addTrainingListeners(sparsifier.newListener());
            }
            try (Trainer trainer = model.newTrainer(config)) {
                trainer.initialize(new Shape(1, 16));
                for (int epoch = 0; epoch < 3; epoch++) {
                    for (Batch batch : trainer.iterateDataset(data(trainer.getManager()))) {
                        float[] weights =
                                linear.getParameters().get("weight").getArray().toFloatArray();
                        masks.add(
                                MaskSolver.exact()
                                        .solve(
                                                weights,
                                                WeightShape.of(16, 16),
                                                NmPattern.of(2, 4)));
                        EasyTrain.trainBatch(trainer, batch);
                        trainer.step();
                        batch.close();
                    }
                }
            }
        }
        return masks;
    }

    private static ArrayDataset data(NDManager manager) {
        NDArray x = manager.arange(64f * 16).reshape(64, 16).mul(0.7f).sin();
        return new ArrayDataset.Builder()
                .setData(x)
                .optLabels(x.mul(3).cos())
                .setSampling(16, false)
                .build();
    }
}
