package org.djlsparse.training;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.dataset.Batch;
import ai.djl.training.listener.TrainingListener.BatchData;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;

import org.djlsparse.ResourceCount;
import org.djlsparse.SquaredError;
import org.junit.jupiter.api.Test;

import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryUsage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Function;
import java.util.function.UnaryOperator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

class GarbageCollectionGuardTest {

    private static final int STEPS = 24;

    /** So that what is assigned here is really made. */
    volatile byte[] garbage = {};

    /** Once this fails, DJL has mended its scalars, and the guard can go. */
    @Test
    void djlStillLosesItsScalars() throws Exception {
        assertThat(triesUntilTheGradientIsWrong(x -> x.mul(3))).isLessThanOrEqualTo(100);
        assertThat(triesUntilTheGradientIsWrong(x -> x.add(x).add(x)))
                .as("without a scalar: never")
                .isGreaterThan(100);
    }

    /** The function's derivative must be 3. */
    private static int triesUntilTheGradientIsWrong(UnaryOperator<NDArray> function)
            throws Exception {
        for (int attempt = 1; attempt <= 100; attempt++) {
            try (NDManager manager = NDManager.newBaseManager();
                    GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                NDArray x = manager.ones(new Shape(4));
                x.setRequiresGradient(true);
                NDArray y = function.apply(x).sum();
                System.gc();
                Thread.sleep(2); // Java frees the memory on a thread of its own
                collector.backward(y);
                for (float gradient : x.getGradient().toFloatArray()) {
                    if (gradient != 3) {
                        return attempt;
                    }
                }
            }
        }
        return Integer.MAX_VALUE;
    }

    @Test
    void dropsTheBatchesIntoWhichACollectionFell() throws Exception {
        int[] step = {0};
        Block block =
                network(
                        list -> {
                            if (step[0] % 3 == 2) {
                                System.gc();
                            }
                            return list;
                        });
        GarbageCollectionGuard guard = new GarbageCollectionGuard();
        int learned = 0;
        try (Model model = Model.newInstance("guarded");
                Trainer trainer = trainer(model, block, guard)) {
            int held = 0;
            for (Batch batch : trainer.iterateDataset(data(trainer.getManager()))) {
                List<String> before = weights(model);
                long dropped = guard.getDroppedBatches();
                EasyTrain.trainBatch(trainer, batch);
                trainer.step();
                batch.close();
                // The JVM may have collected in other steps, too: what counts is what is dropped.
                boolean isDropped = guard.getDroppedBatches() == dropped + 1;
                assertThat(guard.getDroppedBatches()).isBetween(dropped, dropped + 1);
                if (step[0] % 3 == 2) {
                    assertThat(isDropped).as("step %d", step[0]).isTrue();
                }
                if (step[0] == 0) {
                    assertThat(isDropped).isFalse();
                }
                if (isDropped) {
                    assertThat(weights(model)).as("step %d", step[0]).isEqualTo(before);
                } else {
                    assertThat(weights(model)).as("step %d", step[0]).isNotEqualTo(before);
                    learned++;
                }
                int now = ResourceCount.of(model.getNDManager());
                held = held == 0 ? now : held;
                assertThat(now).isEqualTo(held);
                step[0]++;
            }
        }
        assertThat(step[0]).isEqualTo(STEPS);
        assertThat(learned).isPositive();
    }

    @Test
    void collectsGarbageWhenEdenIsHalfFull() throws Exception {
        Optional<MemoryPoolMXBean> eden =
                ManagementFactory.getMemoryPoolMXBeans().stream()
                        .filter(pool -> pool.getName().contains("Eden"))
                        .findFirst();
        assumeTrue(eden.isPresent(), "this JVM has no Eden pool");
        GarbageCollectionGuard guard = new GarbageCollectionGuard();
        try (Model model = Model.newInstance("eden");
                Trainer trainer = trainer(model, network(list -> list), guard)) {
            Batch batch = trainer.iterateDataset(data(trainer.getManager())).iterator().next();
            BatchData data = new BatchData(batch, Map.of(), Map.of());
            guard.onTrainingBatch(trainer, data); // the first
            int seen = 0;
            for (int i = 0; i < 20; i++) {
                long before = collections();
                // The JVM may be earlier.
                while (!isHalfFull(eden.get().getUsage()) && collections() == before) {
                    garbage = new byte[10_000];
                }
                before = collections();
                if (isHalfFull(eden.get().getUsage())) {
                    guard.onTrainingBatch(trainer, data);
                    assertThat(collections()).isGreaterThan(before);
                    seen++;
                }
            }
            assertThat(seen).isPositive();
            // Now Eden is nearly empty; but the JVM itself may collect at any time.
            int quiet = 0;
            for (int i = 0; i < 20; i++) {
                long before = collections();
                guard.onTrainingBatch(trainer, data);
                guard.onValidationBatch(trainer, data);
                guard.onEpoch(trainer);
                quiet += collections() == before ? 1 : 0;
            }
            assertThat(quiet).isPositive();
            batch.close();
        }
    }

    @Test
    void whatIsCollectedWhileTheModelIsEvaluatedDoesNotCount() throws Exception {
        GarbageCollectionGuard guard = new GarbageCollectionGuard();
        try (Model model = Model.newInstance("evaluated");
                Trainer trainer = trainer(model, network(list -> list), guard)) {
            Batch batch = trainer.iterateDataset(data(trainer.getManager())).iterator().next();
            BatchData data = new BatchData(batch, Map.of(), Map.of());
            guard.onTrainingBatch(trainer, data);
            int dropped = 0;
            for (int i = 0; i < 20; i++) {
                System.gc();
                if (i % 2 == 0) {
                    guard.onValidationBatch(trainer, data);
                } else {
                    guard.onEpoch(trainer);
                }
                long before = guard.getDroppedBatches();
                guard.onTrainingBatch(trainer, data);
                dropped += guard.getDroppedBatches() > before ? 1 : 0;
            }
            assertThat(dropped).as("but for what the JVM collects itself").isLessThan(10);
            batch.close();
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
                        data(model.getNDManager()).getData(model.getNDManager()).iterator().next();
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

    private static boolean isHalfFull(MemoryUsage usage) {
        return 2 * usage.getUsed() >= usage.getCommitted();
    }

    private static long collections() {
        return ManagementFactory.getGarbageCollectorMXBeans().stream()
                .mapToLong(GarbageCollectorMXBean::getCollectionCount)
                .sum();
    }

    private static Trainer trainer(Model model, Block block, GarbageCollectionGuard guard) {
        Engine.getInstance().setRandomSeed(2);
        model.setBlock(block);
        Trainer trainer = model.newTrainer(config(guard));
        trainer.initialize(new Shape(1, 16));
        return trainer;
    }

    private static DefaultTrainingConfig config(GarbageCollectionGuard guard) {
        return new DefaultTrainingConfig(new SquaredError())
                .optOptimizer(Optimizer.sgd().setLearningRateTracker(Tracker.fixed(0.05f)).build())
                .addTrainingListeners(guard);
    }

    private static Block network(Function<NDList, NDList> middle) {
        return new SequentialBlock()
                .add(Linear.builder().setUnits(8).build())
                .add(middle)
                .add(Linear.builder().setUnits(4).build());
    }

    /** Every third batch leads to gradients that are not finite. */
    private static ArrayDataset data(NDManager manager) {
        Random random = new Random(5);
        float[] inputs = new float[STEPS * 2 * 16];
        for (int i = 0; i < inputs.length; i++) {
            inputs[i] = i / 32 % 3 == 2 ? Float.POSITIVE_INFINITY : (float) random.nextGaussian();
        }
        return new ArrayDataset.Builder()
                .setData(manager.create(inputs, new Shape(STEPS * 2, 16)))
                .optLabels(manager.ones(new Shape(STEPS * 2, 4)))
                .setSampling(2, false)
                .build();
    }

    private static List<String> weights(Model model) {
        List<String> weights = new ArrayList<>();
        for (Parameter parameter : model.getBlock().getParameters().values()) {
            weights.add(Arrays.toString(parameter.getArray().toFloatArray()));
        }
        return weights;
    }
}
