package org.djlsparse;

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
import ai.djl.training.Trainer;
import ai.djl.training.dataset.Batch;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;

import org.djlsparse.internal.torch.LayerProduct;
import org.djlsparse.internal.torch.PackedWeight;
import org.djlsparse.internal.torch.ProductKernel;
import org.djlsparse.internal.torch.ProductKernelChooser;
import org.djlsparse.internal.torch.ProductKernels;
import org.djlsparse.kernel.KernelChooser;
import org.djlsparse.kernel.LinearKernel;
import org.djlsparse.mask.Mask;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.torch.GradientHooks;
import org.djlsparse.training.GradientRule;
import org.djlsparse.training.MaskSchedule;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** Tests of training with products of kept entries alone against training on masked weights. */
class CpuKernelTrainingTest {

    private static final int STEPS = 60;
    private static final int REFRESH_STEPS = 7;
    private static final int REFRESHES = 1 + (STEPS - 1) / REFRESH_STEPS;
    private static final float TOLERANCE = 1e-5f;

    @BeforeEach
    void check() {
        assumeTrue(GradientHooks.isSupported(), GradientHooks.getReason());
        String reason = LinearKernel.cpuSparse().rejection(Device.cpu(), DataType.FLOAT32, 8, 8);
        assumeTrue(reason == null, reason);
    }

    /**
     * The outcome of a training.
     *
     * @param losses the losses after each step
     * @param masks the masks at the end
     * @param weights the weights of the plain model
     * @param kernels the kernels in the last report
     */
    private record Trained(
            List<Float> losses,
            Map<String, Mask> masks,
            Map<String, float[]> weights,
            Map<String, String> kernels) {}

    @ParameterizedTest
    @CsvSource({
        "masked, 2, 4, false",
        "straight-through, 2, 4, false",
        "sr-ste, 2, 4, false",
        "masked, 4, 8, false",
        "masked, 1, 4, false",
        "masked, 2, 4, true",
        "sr-ste, 4, 8, true"
    })
    void learnsAsOnMaskedWeights(String rule, int n, int m, boolean fastest) throws Exception {
        Trained expected = train(builder(rule, n, m));
        Sparsifier.Builder builder = builder(rule, n, m);
        Trained actual =
                train(
                        fastest
                                ? builder.optKernelChooser(KernelChooser.fastest())
                                : builder.optKernel(LinearKernel.cpuSparse()));

        assertThat(expected.losses().get(STEPS - 1)).isLessThan(expected.losses().get(0) / 2);
        for (int step = 0; step < STEPS; step++) {
            assertThat(Math.abs(actual.losses().get(step) - expected.losses().get(step)))
                    .as("step %d", step)
                    .isLessThan(TOLERANCE);
        }
        assertThat(actual.masks()).isEqualTo(expected.masks());
        expected.weights()
                .forEach(
                        (name, weight) ->
                                assertClose(
                                        name,
                                        actual.weights().getOrDefault(name, new float[0]),
                                        weight));
        if (fastest) {
            assertThat(actual.kernels().get("01Linear_weight")).contains(" us");
        } else {
            assertThat(actual.kernels())
                    .containsEntry("01Linear_weight", "cpu-sparse")
                    .containsEntry("03Linear_weight", "cpu-sparse");
            if (m == 4) { // otherwise the layer is too small for a mask
                assertThat(actual.kernels())
                        .containsEntry("05Linear_weight", "dense: 4 x 16: must be at least 8 x 8");
            }
        }
    }

    /**
     * The weights are packed for the evaluation after each step; the next step packs again only
     * after a refresh.
     */
    @Test
    void weightsArePackedOnceForEachOfTheirStates() throws Exception {
        CountingKernel kernel =
                new CountingKernel(
                        ProductKernels.of(LinearKernel.cpuSparse()),
                        new AtomicInteger(),
                        new AtomicInteger());
        train(builder("masked", 2, 4).optProductKernelChooser(ProductKernelChooser.always(kernel)));

        assertThat(kernel.count().get()).isEqualTo(2 * (STEPS + REFRESHES));
        assertThat(kernel.first().get()).isEqualTo(2);
    }

    /**
     * A kernel that counts how often a weight is packed, and how often without a previous packed
     * weight.
     */
    private record CountingKernel(ProductKernel kernel, AtomicInteger count, AtomicInteger first)
            implements ProductKernel {

        @Override
        public String getName() {
            return kernel.getName();
        }

        @Override
        public boolean needsPattern() {
            return kernel.needsPattern();
        }

        @Override
        public @Nullable String rejection(Device device, DataType type, long outputs, long inputs) {
            return kernel.rejection(device, type, outputs, inputs);
        }

        @Override
        public @Nullable String rejection(LayerProduct product) {
            return kernel.rejection(product);
        }

        @Override
        public PackedWeight pack(
                LayerProduct product, @Nullable PackedWeight previous, NDManager manager) {
            count.incrementAndGet();
            if (previous == null) {
                first.incrementAndGet();
            }
            return kernel.pack(product, previous, manager);
        }

        @Override
        public PackedWeight pack(NDArray weight, NDManager manager) {
            return kernel.pack(weight, manager);
        }
    }

    private static Sparsifier.Builder builder(String rule, int n, int m) {
        return Sparsifier.builder()
                .setPattern(NmPattern.of(n, m))
                .optSchedule(MaskSchedule.every(REFRESH_STEPS))
                .optRule(
                        switch (rule) {
                            case "masked" -> GradientRule.masked();
                            case "sr-ste" -> GradientRule.srSte(2e-3f);
                            default -> GradientRule.straightThrough();
                        });
    }

    /** Trains, with refreshes, momentum and weight decay, and unwraps. */
    private static Trained train(Sparsifier.Builder builder) throws Exception {
        Sparsifier sparsifier = builder.build();
        Engine.getInstance().setRandomSeed(1);
        try (Model model = Model.newInstance("kernel")) {
            Block network = network();
            model.setBlock(sparsifier.wrap(network));
            List<Float> losses = new ArrayList<>();
            DefaultTrainingConfig config =
                    new DefaultTrainingConfig(new SquaredError())
                            .optOptimizer(
                                    Optimizer.sgd()
                                            .setLearningRateTracker(Tracker.fixed(0.02f))
                                            .optMomentum(0.8f)
                                            .optWeightDecays(1e-3f)
                                            .build())
                            .addTrainingListeners(sparsifier.newListener());
            try (Trainer trainer = model.newTrainer(config)) {
                trainer.initialize(new Shape(1, 16));
                int arrays = 0;
                int step = 0;
                for (Batch batch :
                        trainer.iterateDataset(
                                ShortRun.data(trainer.getManager(), STEPS, i -> false))) {
                    EasyTrain.trainBatch(trainer, batch);
                    trainer.step();
                    losses.add(loss(trainer, batch));
                    batch.close();
                    if (step == REFRESH_STEPS) {
                        arrays = ResourceCount.of(model.getNDManager());
                    }
                    step++;
                }
                assertThat(ResourceCount.of(model.getNDManager())).isEqualTo(arrays);
            }
            SparsityReport report = sparsifier.report();
            assertThat(report.refreshes()).isEqualTo(REFRESHES);
            Map<String, Mask> masks = sparsifier.getMasks();
            Block plain = sparsifier.unwrap(model.getBlock());
            assertThat(plain).isSameAs(network);
            Map<String, float[]> weights = new LinkedHashMap<>();
            for (int i = 0; i < 5; i += 2) {
                assertThat(plain.getChildren().valueAt(i)).isExactlyInstanceOf(Linear.class);
            }
            plain.getParameters()
                    .forEach(p -> weights.put(p.getKey(), p.getValue().getArray().toFloatArray()));
            return new Trained(losses, masks, weights, report.kernels());
        }
    }

    /** Returns the loss after the step, computed without gradients. */
    private static float loss(Trainer trainer, Batch batch) {
        NDList predictions = trainer.evaluate(batch.getData());
        return new SquaredError().evaluate(batch.getLabels(), predictions).getFloat();
    }

    private static SequentialBlock network() {
        return new SequentialBlock()
                .add(Linear.builder().setUnits(32).build())
                .add(Activation.tanhBlock())
                .add(Linear.builder().setUnits(16).optBias(false).build())
                .add(Activation.tanhBlock())
                .add(Linear.builder().setUnits(4).build());
    }

    private static void assertClose(String name, float[] actual, float[] expected) {
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < expected.length; i++) {
            assertThat(Math.abs(actual[i] - expected[i]))
                    .as("%s, entry %d", name, i)
                    .isLessThan(TOLERANCE);
        }
    }
}
