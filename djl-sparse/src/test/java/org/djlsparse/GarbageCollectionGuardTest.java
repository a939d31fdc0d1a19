package org.djlsparse;

import ai.djl.Device;
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
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.Batch;
import ai.djl.training.listener.TrainingListener.BatchData;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import java.util.function.UnaryOperator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

class GarbageCollectionGuardTest {

    private static final int STEPS = 24;

    /** If this test fails, DJL has fixed its scalars, and the guard can be removed. */
    @Test
    void djlStillLosesItsScalars() throws Exception {
        assertThat(isTheGradientWrong(100, x -> x.mul(3))).isTrue();
        assertThat(isTheGradientWrong(20, x -> x.add(x).add(x))).as("without a scalar").isFalse();
    }

    /**
     * Returns whether a gradient is wrong in one of some tries.
     *
     * @param tries how many at most; a collection of garbage costs 0.1 s
     * @param function has the derivative 3
     */
    private static boolean isTheGradientWrong(int tries, UnaryOperator<NDArray> function)
            throws Exception {
        for (int i = 0; i < tries; i++) {
            try (NDManager manager = NDManager.newBaseManager();
                    GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                NDArray x = manager.ones(new Shape(4));
                x.setRequiresGradient(true);
                NDArray y = function.apply(x).sum();
                System.gc();
                Thread.sleep(2); // Java frees the memory in a separate thread
                collector.backward(y);
                for (float gradient : x.getGradient().toFloatArray()) {
                    if (gradient != 3) {
                        return true;
                    }
                }
            }
        }
        return false;
    }

    @Test
    void everyStepLearnsTheSameAsWithoutCollections() throws Exception {
        List<List<String>> quiet = train(() -> {}, null);
        assertThat(train(Garbage::collect, new GarbageCollectionGuard())).isEqualTo(quiet);
    }

    /** Returns the weights after each step of a network that computes with Java numbers. */
    private static List<List<String>> train(
            Runnable betweenThePasses, @Nullable GarbageCollectionGuard guard) throws Exception {
        List<List<String>> steps = new ArrayList<>();
        Block block =
                network(
                        list -> {
                            NDArray scaled = list.singletonOrThrow().mul(0.5f).add(0.25f);
                            betweenThePasses.run();
                            return new NDList(scaled);
                        });
        try (Model model = Model.newInstance("scaled");
                Trainer trainer = trainer(model, block, guard)) {
            int held = 0;
            for (Batch batch :
                    trainer.iterateDataset(
                            ShortRun.data(trainer.getManager(), STEPS, step -> false))) {
                EasyTrain.trainBatch(trainer, batch);
                trainer.step();
                batch.close();
                steps.add(ShortRun.weights(model));
                int now = ResourceCount.of(model.getNDManager());
                held = held == 0 ? now : held;
                assertThat(now).isEqualTo(held);
            }
        }
        assertThat(steps).hasSize(STEPS);
        if (guard != null) {
            assertThat(guard.getDroppedBatches()).isZero();
        }
        return steps;
    }

    @Test
    void aStepOfAnotherThreadIsDroppedIfGarbageWasCollectedInIt() throws Exception {
        GarbageCollectionGuard guard = new GarbageCollectionGuard();
        ExecutorService other = Executors.newSingleThreadExecutor();
        try (Model model = Model.newInstance("threads");
                Trainer trainer = trainer(model, network(list -> list), guard)) {
            int step = 0;
            for (Batch batch :
                    trainer.iterateDataset(
                            ShortRun.data(
                                    trainer.getManager(),
                                    STEPS,
                                    GarbageCollectionGuardTest::isInfinite))) {
                List<String> before = ShortRun.weights(model);
                long dropped = guard.getDroppedBatches();
                Callable<@Nullable Void> train =
                        () -> {
                            System.gc();
                            EasyTrain.trainBatch(trainer, batch);
                            return null;
                        };
                // Steps 2, 5, ... have gradients that are not finite, and change threads.
                boolean changes = step % 3 == 2;
                if (changes) {
                    other.submit(train).get();
                } else {
                    if (step % 3 == 0 && step > 0) {
                        guard.onEpoch(trainer); // ends it in the other thread
                    }
                    train.call();
                }
                trainer.step();
                batch.close();
                assertThat(guard.getDroppedBatches())
                        .as("step %d", step)
                        .isEqualTo(dropped + (changes ? 1 : 0));
                if (changes) {
                    assertThat(ShortRun.weights(model)).as("step %d", step).isEqualTo(before);
                } else {
                    assertThat(ShortRun.weights(model)).as("step %d", step).isNotEqualTo(before);
                }
                step++;
            }
            assertThat(step).isEqualTo(STEPS);
        } finally {
            other.shutdownNow();
        }
    }

    @Test
    void onAGpuItDoesNothing() throws Exception {
        GarbageCollectionGuard guard = new GarbageCollectionGuard();
        try (Model model = Model.newInstance("gpu")) {
            model.setBlock(network(list -> list));
            DefaultTrainingConfig config = config(guard).optDevices(new Device[] {Device.gpu()});
            // Nothing runs on the device as long as there is no forward pass.
            try (Trainer trainer = model.newTrainer(config)) {
                Batch batch =
                        ShortRun.data(
                                        model.getNDManager(),
                                        STEPS,
                                        GarbageCollectionGuardTest::isInfinite)
                                .getData(model.getNDManager())
                                .iterator()
                                .next();
                for (int i = 0; i < 3; i++) {
                    System.gc();
                    guard.onTrainingBatch(trainer, new BatchData(batch, Map.of(), Map.of()));
                }
            }
            assertThat(guard.getDroppedBatches()).isZero();
        }
    }

    @Test
    void theCpuMustBeTheOnlyDevice() {
        try (Model model = Model.newInstance("both")) {
            model.setBlock(network(list -> list));
            DefaultTrainingConfig config =
                    config(new GarbageCollectionGuard())
                            .optDevices(new Device[] {Device.cpu(), Device.gpu()});
            assertThatIllegalStateException()
                    .isThrownBy(() -> model.newTrainer(config))
                    .withMessage(
                            "garbage collection guard: model on cpu(), training on [cpu(), gpu(0)]:"
                                    + " must be the CPU alone, or not the CPU");
        }
    }

    private static Trainer trainer(
            Model model, Block block, @Nullable GarbageCollectionGuard guard) {
        Engine.getInstance().setRandomSeed(2);
        model.setBlock(block);
        Trainer trainer = model.newTrainer(config(guard));
        trainer.initialize(new Shape(1, 16));
        return trainer;
    }

    private static DefaultTrainingConfig config(@Nullable GarbageCollectionGuard guard) {
        DefaultTrainingConfig config =
                new DefaultTrainingConfig(new SquaredError())
                        .optOptimizer(
                                Optimizer.sgd()
                                        .setLearningRateTracker(Tracker.fixed(0.05f))
                                        .build());
        return guard == null ? config : config.addTrainingListeners(guard);
    }

    private static Block network(Function<NDList, NDList> middle) {
        return new SequentialBlock()
                .add(Linear.builder().setUnits(8).build())
                .add(middle)
                .add(Linear.builder().setUnits(4).build());
    }

    private static boolean isInfinite(int step) {
        return step % 3 == 2;
    }
}
