package org.djlsparse;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.Batch;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;

import org.djlsparse.mask.NmPattern;
import org.djlsparse.training.BackgroundRefresh;
import org.djlsparse.training.MaskSchedule;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

import static org.assertj.core.api.Assertions.assertThat;

/** Tests that garbage collections within a training step do not affect a wrapped model. */
class ProtectedStepTest {

    private static final int STEPS = 12;

    @Test
    void collectionsWithinAStepChangeNoWeight() throws Exception {
        assertThat(train(builder(), manager -> Garbage.collect()))
                .isEqualTo(train(builder(), manager -> {}));
    }

    @Test
    void norWithBackgroundRefreshes() throws Exception {
        BackgroundRefresh background = BackgroundRefresh.after(1);
        assertThat(train(builder().optBackground(background), manager -> Garbage.collect()))
                .isEqualTo(train(builder().optBackground(background), manager -> {}));
    }

    @Test
    void norWhileTheModelIsDense() throws Exception {
        MaskSchedule warmUp = MaskSchedule.every(2).warmUp(STEPS);
        assertThat(train(builder().optSchedule(warmUp), manager -> Garbage.collect()))
                .isEqualTo(train(builder().optSchedule(warmUp), manager -> {}));
    }

    @Test
    void masksAreOnTheDeviceBeforeTheForwardPass() throws Exception {
        List<Integer> arrays = new ArrayList<>();
        train(builder(), manager -> arrays.add(ResourceCount.direct(manager)));
        assertThat(arrays).as("initialization is a pass, too").hasSize(2 + 2 * STEPS);
        for (int i = 2; i < arrays.size(); i += 2) {
            assertThat(arrays.get(i))
                    .as("pass %d, before the first masked layer", i / 2)
                    .isEqualTo(arrays.get(i + 1));
        }
    }

    private static Sparsifier.Builder builder() {
        return Sparsifier.builder()
                .setPattern(NmPattern.of(2, 4))
                .optSchedule(MaskSchedule.every(2));
    }

    /**
     * Trains a network and a loss that compute with Java numbers.
     *
     * @param within a function to call in each forward pass, with the manager of the weights
     * @return the weights after each step
     */
    private static List<List<String>> train(Sparsifier.Builder builder, Consumer<NDManager> within)
            throws Exception {
        Engine.getInstance().setRandomSeed(2);
        List<List<String>> steps = new ArrayList<>();
        Sparsifier sparsifier = builder.build();
        try (Model model = Model.newInstance("protected")) {
            Block block =
                    new SequentialBlock()
                            .add(list -> scaled(list, model, within))
                            .add(Linear.builder().setUnits(8).build())
                            .add(Linear.builder().setUnits(4).build())
                            .add(list -> scaled(list, model, within));
            model.setBlock(sparsifier.wrap(block));
            DefaultTrainingConfig config =
                    new DefaultTrainingConfig(Loss.l2Loss())
                            .optOptimizer(
                                    Optimizer.adam()
                                            .optLearningRateTracker(Tracker.fixed(0.01f))
                                            .build())
                            .addTrainingListeners(sparsifier.newListener());
            try (Trainer trainer = model.newTrainer(config)) {
                trainer.initialize(new Shape(1, 16));
                for (Batch batch :
                        trainer.iterateDataset(
                                ShortRun.data(trainer.getManager(), STEPS, step -> false))) {
                    EasyTrain.trainBatch(trainer, batch);
                    trainer.step();
                    batch.close();
                    steps.add(ShortRun.weights(model));
                }
            }
        }
        assertThat(steps).hasSize(STEPS);
        return steps;
    }

    private static NDList scaled(NDList list, Model model, Consumer<NDManager> within) {
        NDArray scaled = list.singletonOrThrow().mul(0.5f).pow(2);
        within.accept(model.getNDManager());
        return new NDList(scaled);
    }
}
