package org.djlsparse.cli.run;

import ai.djl.Model;
import ai.djl.metric.Metric;
import ai.djl.metric.Metrics;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.core.Linear;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.Batch;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import ai.djl.translate.StackBatchifier;

import org.assertj.core.data.Offset;
import org.djlsparse.Sparsifier;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.training.LayerRefresh;
import org.djlsparse.training.MaskMetrics;
import org.djlsparse.training.MaskSchedule;
import org.junit.jupiter.api.Test;

import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

class LastRefreshTest {

    /** A weight whose best 2:4 masks are known: the large entries are in blocks of two. */
    private static final float[] WEIGHT = {
        5, 4, 1, 0, //
        3, 6, 0, 1, //
        1, 0, 2, 7, //
        0, 1, 8, 5
    };

    @Test
    void samplesTheWeightsThatARefreshSaw() {
        Sparsifier sparsifier =
                Sparsifier.builder()
                        .setPattern(NmPattern.of(2, 4))
                        .optSchedule(MaskSchedule.every(2))
                        .build();
        Block block = Linear.builder().setUnits(4).optBias(false).build();
        LastRefresh.Recorder recorder = new LastRefresh.Recorder(sparsifier, block);
        Metrics metrics = new Metrics();
        try (Model model = Model.newInstance("test")) {
            model.setBlock(sparsifier.wrap(block));
            try (Trainer trainer = model.newTrainer(config(sparsifier, recorder))) {
                trainer.setMetrics(metrics);
                trainer.initialize(new Shape(1, 4));
                NDArray weight = block.getParameters().valueAt(0).getArray();
                set(weight, WEIGHT);
                for (int step = 1; step <= 5; step++) {
                    if (step == 3) {
                        // The heavy blocks swap places: every entry flips.
                        float[] swapped = new float[16];
                        for (int i = 0; i < 16; i++) {
                            swapped[i] = WEIGHT[i ^ 2];
                        }
                        set(weight, swapped);
                    }
                    train(trainer);
                }
            }
        }

        assertThat(sparsifier.getHistory())
                .extracting(LayerRefresh::step, LayerRefresh::flipRate, LayerRefresh::keptMagnitude)
                .containsExactly(
                        tuple(0L, 0.0, 40 / 44.0),
                        tuple(2L, 1.0, 40 / 44.0),
                        tuple(4L, 0.0, 40 / 44.0));
        List<Double> refreshes =
                metrics.getMetric(MaskMetrics.REFRESH).stream().map(Metric::getValue).toList();
        assertThat(refreshes).hasSize(5);
        assertThat(refreshes.get(0)).isPositive();
        assertThat(refreshes.get(1)).isZero();
        assertThat(refreshes.get(2)).isPositive();
        LastRefresh last = recorder.getLast();
        assertThat(last).isNotNull();
        assertThat(last.report().refreshes()).isEqualTo(3);
        assertThat(last.report().getFlipRate()).isZero();
        assertThat(last.keptMagnitude()).isCloseTo(40 / 44.0, Offset.offset(1e-12));
    }

    private static DefaultTrainingConfig config(
            Sparsifier sparsifier, LastRefresh.Recorder recorder) {
        return new DefaultTrainingConfig(Loss.l1Loss())
                .optOptimizer(Optimizer.sgd().setLearningRateTracker(Tracker.fixed(0)).build())
                .addTrainingListeners(sparsifier.newListener(), recorder);
    }

    private static void set(NDArray weight, float[] values) {
        try (NDArray fresh = weight.getManager().create(values, weight.getShape())) {
            fresh.copyTo(weight);
        }
    }

    private static void train(Trainer trainer) {
        NDManager manager = trainer.getManager().newSubManager();
        try (Batch batch =
                new Batch(
                        manager,
                        new NDList(manager.ones(new Shape(1, 4))),
                        new NDList(manager.ones(new Shape(1, 4))),
                        1,
                        new StackBatchifier(),
                        new StackBatchifier(),
                        0,
                        1)) {
            EasyTrain.trainBatch(trainer, batch);
            trainer.step();
        }
    }
}
