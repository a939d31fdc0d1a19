package org.djlsparse.cli.run;

import ai.djl.Model;
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
import org.djlsparse.training.MaskSchedule;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

class MaskRecorderTest {

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
        MaskRecorder recorder = new MaskRecorder(sparsifier, block);
        try (Model model = Model.newInstance("test")) {
            model.setBlock(sparsifier.wrap(block));
            try (Trainer trainer = model.newTrainer(config(sparsifier, recorder))) {
                trainer.initialize(new Shape(1, 4));
                NDArray weight = block.getParameters().valueAt(0).getArray();
                set(weight, WEIGHT);
                for (int step = 1; step <= 5; step++) {
                    if (step == 3) {
                        // The heavy blocks change places: every entry flips.
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

        MaskTelemetry telemetry = recorder.getTelemetry();
        assertThat(telemetry.refreshes())
                .extracting(RefreshSample::step, RefreshSample::flipRate)
                .containsExactly(tuple(1, null), tuple(3, 1.0), tuple(5, 0.0));
        for (RefreshSample refresh : telemetry.refreshes()) {
            assertThat(refresh.keptMagnitude()).isCloseTo(40 / 44.0, Offset.offset(1e-12));
            assertThat(refresh.layers()).hasSize(1);
            assertThat(refresh.layers().get(0).keptMagnitude()).isEqualTo(40 / 44.0);
            assertThat(refresh.layers().get(0).flipRate()).isEqualTo(refresh.flipRate());
        }
        assertThat(telemetry.refreshSeconds()).hasSize(5);
        assertThat(telemetry.refreshSeconds().get(0)).isPositive();
        assertThat(telemetry.refreshSeconds().get(1)).isZero();
        assertThat(telemetry.refreshSeconds().get(2)).isPositive();
        assertThat(telemetry.last()).isNotNull();
        assertThat(telemetry.last().refreshes()).isEqualTo(3);
    }

    private static DefaultTrainingConfig config(Sparsifier sparsifier, MaskRecorder recorder) {
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
