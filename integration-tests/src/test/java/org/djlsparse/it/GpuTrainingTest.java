package org.djlsparse.it;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.util.cuda.CudaUtils;

import org.djlsparse.Sparsifier;
import org.djlsparse.kernel.KernelChooser;
import org.djlsparse.kernel.KernelTrial;
import org.djlsparse.kernel.LayerTrials;
import org.djlsparse.kernel.LinearKernel;
import org.djlsparse.mask.MaskSolver;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.mask.WeightShape;
import org.djlsparse.torch.GradientHooks;
import org.djlsparse.torch.TorchMaskSolver;
import org.djlsparse.training.MaskSchedule;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.Locale;
import java.util.concurrent.atomic.AtomicReference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** Training on a GPU, with hooks that run on the threads of its backward passes. */
@Tag("gpu")
@Timeout(120)
class GpuTrainingTest {

    private static final NmPattern PATTERN = NmPattern.of(2, 4);
    private static final int WARM_UP_STEPS = 50;
    private static final int STEPS = 200;
    private static final int STEPS_AN_EPOCH = 5;

    /**
     * The activations of a layer take 16 MB; if each step left them, 150 steps would take 2.4 GB.
     */
    private static final long MOST_GROWTH = 256L << 20;

    private Device device;

    @BeforeEach
    void open() {
        device = GpuDevice.require();
        Engine.getInstance().setRandomSeed(1);
    }

    /** How the products of the trained layers are computed. */
    enum Products {
        MASKED,
        HOOKED,
        FASTEST;

        private void choose(Sparsifier.Builder builder) {
            if (this == HOOKED) {
                builder.optKernel(LinearKernel.dense(DataType.BFLOAT16));
            } else if (this == FASTEST) {
                builder.optKernelChooser(KernelChooser.fastest(DataType.BFLOAT16));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Products.class)
    void trainingLearnsInFlatMemory(Products products) throws Exception {
        assumeTrue(
                ResidentMemory.isKnown(), "resident memory is read from " + ResidentMemory.STATUS);
        int rows = device.isGpu() ? 4096 : 64;
        int width = device.isGpu() ? 1024 : 128;
        Sparsifier.Builder builder =
                Sparsifier.builder().setPattern(PATTERN).optSchedule(MaskSchedule.every(40));
        products.choose(builder);
        Sparsifier sparsifier = builder.build();
        Block block =
                new SequentialBlock()
                        .add(Linear.builder().setUnits(width).build())
                        .add(Activation.reluBlock())
                        .add(Linear.builder().setUnits(width).build());
        try (Model model = Model.newInstance("gpu", device)) {
            model.setBlock(sparsifier.wrap(block));
            DefaultTrainingConfig config =
                    new DefaultTrainingConfig(Loss.l2Loss())
                            .optDevices(new Device[] {device})
                            .optOptimizer(Optimizer.adam().build())
                            .addTrainingListeners(sparsifier.newListener());
            try (Trainer trainer = model.newTrainer(config);
                    NDManager manager = NDManager.newBaseManager(device)) {
                trainer.initialize(new Shape(rows, width));
                NDArray x = manager.randomNormal(new Shape((long) STEPS_AN_EPOCH * rows, width));
                NDArray y = Activation.relu(x);
                ArrayDataset data =
                        new ArrayDataset.Builder()
                                .setData(x)
                                .optLabels(y)
                                .setSampling(rows, false)
                                .build();
                double lossBefore = loss(trainer, x, y);
                EasyTrain.fit(trainer, WARM_UP_STEPS / STEPS_AN_EPOCH, data, null);
                int arrays = arrays(model);
                long memoryBefore = ResidentMemory.bytes();
                long deviceBefore = deviceBytes();
                long start = System.nanoTime();
                EasyTrain.fit(trainer, (STEPS - WARM_UP_STEPS) / STEPS_AN_EPOCH, data, null);
                double lossAfter = loss(trainer, x, y);
                double stepMillis = (System.nanoTime() - start) / 1e6 / (STEPS - WARM_UP_STEPS);
                long deviceGrowth = deviceBytes() - deviceBefore;
                long memoryGrowth = ResidentMemory.bytes() - memoryBefore;
                System.out.printf(
                        Locale.ROOT,
                        "%s on %s: loss %.4f to %.4f in %d steps, %.3f ms a step; from step %d on"
                                + " device memory grew by %d MB, resident memory by %d MB%n",
                        products,
                        device,
                        lossBefore,
                        lossAfter,
                        STEPS,
                        stepMillis,
                        WARM_UP_STEPS,
                        deviceGrowth >> 20,
                        memoryGrowth >> 20);
                assertThat(lossAfter).isLessThan(0.75 * lossBefore);
                assertThat(deviceGrowth).isLessThan(MOST_GROWTH);
                assertThat(memoryGrowth).isLessThan(MOST_GROWTH);
                assertThat(arrays(model)).isLessThanOrEqualTo(arrays);
            }
        }
        assertThat(sparsifier.report().step()).isEqualTo(STEPS);
        System.out.println(sparsifier.report());
    }

    private static int arrays(Model model) {
        return model.getNDManager().getManagedArrays().size();
    }

    private static double loss(Trainer trainer, NDArray x, NDArray y) {
        try (NDManager scope = x.getManager().newSubManager()) {
            scope.tempAttachAll(x, y);
            NDList predicted = trainer.evaluate(new NDList(x));
            return trainer.getLoss().evaluate(new NDList(y), predicted).getFloat();
        }
    }

    private long deviceBytes() {
        return device.isGpu() ? CudaUtils.getGpuMemory(device).getUsed() : 0;
    }

    @Test
    void hooksRunOnTheThreadOfTheBackwardPass() {
        assumeTrue(GradientHooks.isSupported(), GradientHooks.getReason());
        GradientHooks hooks = new GradientHooks();
        AtomicReference<String> thread = new AtomicReference<>();
        try (NDManager manager = NDManager.newBaseManager(device)) {
            for (int pass = 0; pass < 100; pass++) {
                NDArray x = manager.create(new float[] {1, 2, 3}).toDevice(device, false);
                x.setRequiresGradient(true);
                try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                    NDArray y = x.mul(x);
                    hooks.register(
                            y,
                            gradient -> {
                                thread.set(Thread.currentThread().getName());
                                return gradient.add(gradient);
                            });
                    collector.backward(y.sum());
                }
                hooks.check();
                // Twice the derivative of the square.
                assertThat(x.getGradient().toFloatArray()).containsExactly(4, 8, 12);
            }
        }
        System.out.println("hooks ran on thread " + thread);
        if (device.isGpu()) {
            assertThat(thread.get()).isNotEqualTo(Thread.currentThread().getName());
        }
    }

    @Test
    void theFastestKernelIsChosenByTimes() {
        long rows = device.isGpu() ? 16384 : 64;
        int width = device.isGpu() ? 4096 : 256;
        Sparsifier sparsifier =
                Sparsifier.builder()
                        .setPattern(PATTERN)
                        .optKernelChooser(KernelChooser.fastest(DataType.BFLOAT16))
                        .build();
        try (NDManager manager = NDManager.newBaseManager(device)) {
            Block block = Linear.builder().setUnits(width).build();
            block.initialize(manager, DataType.FLOAT32, new Shape(rows, width));
            Block wrapped = sparsifier.wrap(block);
            NDArray x = manager.randomNormal(new Shape(rows, width));
            x.setRequiresGradient(true);
            try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                NDArray y =
                        wrapped.forward(new ParameterStore(manager, false), new NDList(x), true)
                                .singletonOrThrow();
                collector.backward(y.square().mean());
            }
            assertThat(x.getGradient().isNaN().any().getBoolean()).isFalse();
        }
        assertThat(sparsifier.getKernelTrials()).hasSize(1);
        LayerTrials trials = sparsifier.getKernelTrials().get(0);
        System.out.println(trials);
        assertThat(trials.device()).isEqualTo(device);
        assertThat(trials.denseNanos()).isPositive();
        for (KernelTrial trial : trials.kernels()) {
            if (trial.reason() == null) {
                assertThat(trial.forwardNanos()).as("%s", trial).isPositive();
                assertThat(trial.inputGradientNanos()).as("%s", trial).isPositive();
            }
        }
    }

    @Test
    void masksOfTheDeviceAreThoseOfTheHeap() {
        int side = 256;
        try (NDManager manager = NDManager.newBaseManager(device)) {
            NDArray weight = manager.randomNormal(new Shape(side, side));
            NDArray mask = TorchMaskSolver.create().solve(weight, PATTERN);
            float[] expected =
                    MaskSolver.auto()
                            .solve(weight.toFloatArray(), WeightShape.of(side, side), PATTERN)
                            .toFloatArray();
            assertThat(mask.getDevice()).isEqualTo(device);
            assertThat(mask.toType(DataType.FLOAT32, false).toFloatArray()).isEqualTo(expected);
        }
    }
}
