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
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.ParameterStore;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;

import org.djlsparse.internal.torch.PackedWeight;
import org.djlsparse.internal.torch.ProductKernel;
import org.djlsparse.internal.torch.ProductKernelChooser;
import org.djlsparse.internal.torch.ProductKernels;
import org.djlsparse.kernel.KernelChooser;
import org.djlsparse.kernel.LayerTrials;
import org.djlsparse.kernel.LinearKernel;
import org.djlsparse.layer.LayerSelector;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.torch.GradientHooks;
import org.djlsparse.training.GradientRule;
import org.djlsparse.training.MaskSchedule;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** Tests of a Sparsifier with a kernel. */
class SparsifierKernelTest {

    @BeforeEach
    void check() {
        assumeTrue(GradientHooks.isSupported(), GradientHooks.getReason());
    }

    @Test
    void trainsAsWithoutAKernel() throws Exception {
        float[] expected = train(builder().build()).outputs();
        float[] actual = train(builder().optKernel(LinearKernel.packed()).build()).outputs();

        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < expected.length; i++) {
            assertThat(Math.abs(actual[i] - expected[i])).as("entry %d", i).isLessThan(1e-5f);
        }
    }

    /**
     * The outcome of a training.
     *
     * @param outputs the outputs of the plain model
     * @param kernels the kernels in the last report
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Trained(float[] outputs, Map<String, String> kernels) {}

    /** Trains, with refreshes, and unwraps. */
    private static Trained train(Sparsifier sparsifier) throws Exception {
        Engine.getInstance().setRandomSeed(1);
        try (Model model = Model.newInstance("kernel")) {
            Block network = network();
            model.setBlock(sparsifier.wrap(network));
            DefaultTrainingConfig config = config();
            config.addTrainingListeners(sparsifier.newListener());
            try (Trainer trainer = model.newTrainer(config)) {
                trainer.initialize(new Shape(1, 16));
                EasyTrain.fit(trainer, 3, data(trainer.getManager()), null);
            }
            SparsityReport last = sparsifier.report();
            String report = last.toString();
            boolean inKernel = sparsifier.toString().contains("kernel=packed");
            assertThat(report.contains("products of 01Linear_weight: packed")).isEqualTo(inKernel);
            Block plain = sparsifier.unwrap(model.getBlock());
            assertThat(plain).isSameAs(network);
            assertThat(plain.getChildren().valueAt(0)).isExactlyInstanceOf(Linear.class);
            model.setBlock(plain);
            try (Trainer trainer = model.newTrainer(config());
                    NDManager manager = NDManager.newBaseManager()) {
                NDArray x = manager.arange(64f).sin().reshape(4, 16);
                return new Trained(
                        trainer.evaluate(new NDList(x)).head().toFloatArray(), last.kernels());
            }
        }
    }

    /** A second run need not benchmark the same layers again. */
    @Test
    void sparsifiersWithOneChooserShareItsMeasurements() throws Exception {
        KernelChooser chooser = KernelChooser.fastest();
        Sparsifier first = builder().optKernelChooser(chooser).build();
        Sparsifier second = builder().optKernelChooser(chooser).build();
        Sparsifier other = builder().optKernelChooser(KernelChooser.fastest()).build();

        train(first);

        List<LayerTrials> measured = first.getKernelTrials();
        assertThat(measured).isNotEmpty();
        assertThat(second.getKernelTrials()).containsExactlyInAnyOrderElementsOf(measured);
        assertThat(other.getKernelTrials()).isEmpty();
        train(second);
        assertThat(first.getKernelTrials()).hasSameSizeAs(measured);
    }

    @Test
    void theReportTellsWhatRunsEachLayer() {
        Sparsifier sparsifier = builder().optKernel(LinearKernel.packed()).build();
        SequentialBlock network = new SequentialBlock();
        network.add(Conv2d.builder().setKernelShape(new Shape(3, 3)).setFilters(8).build());
        network.add(Linear.builder().setUnits(8).build());
        sparsifier.wrap(network);

        assertThat(sparsifier.report().kernels())
                .containsEntry("01Conv2d_weight", "dense: kernel (3, 3): must be (1, 1)")
                .containsEntry("02Linear_weight", "dense: no forward pass yet")
                .hasSize(2);
        assertThat(builder().build().toString()).doesNotContain("kernel");
    }

    /**
     * The model learns about the same with whichever kernels are fastest here: up to the precision
     * of bfloat16 and its effect on refreshes. With all products in bfloat16, the difference is
     * 0.05.
     */
    @Test
    void theFastestKernelsAreChosenLayerByLayer() throws Exception {
        float[] expected = train(builder().build()).outputs();
        Sparsifier sparsifier =
                builder().optKernelChooser(KernelChooser.fastest(DataType.BFLOAT16)).build();
        Trained trained = train(sparsifier);

        assertThat(relativeError(trained.outputs(), expected)).isLessThan(0.2);
        assertThat(sparsifier.toString()).contains("kernel=fastest in bfloat16");
        assertThat(trained.kernels())
                .hasSize(2)
                .allSatisfy(
                        (name, kernel) ->
                                assertThat(kernel)
                                        .containsPattern("us \\(dense(-bf16)? \\d+\\.\\d us\\)")
                                        .contains("cutlass-bf16: no CUDA device ("));
    }

    private static double relativeError(float[] actual, float[] expected) {
        assertThat(actual).hasSameSizeAs(expected);
        double error = 0;
        double norm = 0;
        for (int i = 0; i < expected.length; i++) {
            error += Math.pow(actual[i] - expected[i], 2);
            norm += Math.pow(expected[i], 2);
        }
        return Math.sqrt(error / norm);
    }

    @Test
    void unwrappingFreesWhatWasPacked() {
        try (NDManager manager = NDManager.newBaseManager()) {
            Block network = network();
            network.initialize(manager, DataType.FLOAT32, new Shape(1, 16));
            int before = ResourceCount.of(manager);
            Sparsifier sparsifier = builder().optKernel(LinearKernel.packed()).build();
            Block wrapped = sparsifier.wrap(network);
            try (NDManager scratch = manager.newSubManager()) {
                NDArray x = scratch.ones(new Shape(4, 16));
                wrapped.forward(new ParameterStore(scratch, false), new NDList(x), false);
            }
            assertThat(sparsifier.report().kernels())
                    .containsEntry("01Linear_weight", "packed")
                    .containsEntry("03Linear_weight", "packed");
            assertThat(ResourceCount.of(manager)).isGreaterThan(before);

            sparsifier.unwrap(wrapped);

            assertThat(ResourceCount.of(manager)).isEqualTo(before);
        }
    }

    @Test
    void aLinearRootIsUnwrappedToItself() {
        Sparsifier sparsifier = builder().optKernel(LinearKernel.packed()).build();
        Linear linear = Linear.builder().setUnits(8).build();

        Block wrapped = sparsifier.wrap(linear);

        assertThat(sparsifier.unwrap(wrapped)).isSameAs(linear);
    }

    @Test
    void aBlockThatCannotBeWrappedIsLeftAlone() {
        Sparsifier sparsifier =
                builder()
                        .optLayers(LayerSelector.named("none"))
                        .optKernel(LinearKernel.packed())
                        .build();
        Block network = network();

        assertThatIllegalArgumentException().isThrownBy(() -> sparsifier.wrap(network));
        assertThat(network.getChildren().valueAt(0)).isExactlyInstanceOf(Linear.class);
    }

    /** Gradients of the weights become NaN; the optimizer must not see them. */
    @Test
    void anErrorInTheBackwardPassEndsTrainingBeforeTheStep() throws Exception {
        NDManager packs = NDManager.newBaseManager();
        Sparsifier sparsifier =
                builder()
                        .optProductKernelChooser(ProductKernelChooser.always(new PackingTo(packs)))
                        .build();
        try (Model model = Model.newInstance("kernel")) {
            // Closes the packed weights after all products of the forward pass.
            SequentialBlock network = network();
            network.addSingleton(
                    x -> {
                        if (!packs.getManagedArrays().isEmpty()) { // not during shape inference
                            packs.close();
                        }
                        return x;
                    });
            model.setBlock(sparsifier.wrap(network));
            DefaultTrainingConfig config = config();
            config.addTrainingListeners(sparsifier.newListener());
            try (Trainer trainer = model.newTrainer(config)) {
                trainer.initialize(new Shape(1, 16));
                NDArray weight = network.getParameters().get("01Linear_weight").getArray();
                float[] before = weight.toFloatArray();
                ArrayDataset data = data(trainer.getManager());

                assertThatIllegalStateException()
                        .isThrownBy(() -> EasyTrain.fit(trainer, 1, data, null))
                        .withMessageStartingWith("a gradient hook failed");

                assertThat(weight.toFloatArray()).isEqualTo(before);
                assertThat(weight.getGradient().toFloatArray()).contains(Float.NaN);
            }
        }
    }

    /** A kernel that packs weights into a manager that the test can close. */
    private record PackingTo(NDManager packs) implements ProductKernel {

        @Override
        public String getName() {
            return "failing";
        }

        @Override
        public boolean needsPattern() {
            return false;
        }

        @Override
        public @Nullable String rejection(Device device, DataType type, long outputs, long inputs) {
            return null;
        }

        @Override
        public PackedWeight pack(NDArray weight, NDManager manager) {
            return ProductKernels.of(LinearKernel.packed()).pack(weight, packs);
        }
    }

    private static Sparsifier.Builder builder() {
        return Sparsifier.builder()
                .setPattern(NmPattern.of(2, 4))
                .optSchedule(MaskSchedule.every(3))
                .optRule(GradientRule.straightThrough());
    }

    private static SequentialBlock network() {
        return new SequentialBlock()
                .add(Linear.builder().setUnits(32).build())
                .add(Activation.reluBlock())
                .add(Linear.builder().setUnits(8).build());
    }

    private static DefaultTrainingConfig config() {
        Loss loss =
                new Loss("square") {
                    @Override
                    public NDArray evaluate(NDList labels, NDList predictions) {
                        return labels.head().sub(predictions.head()).square().mean();
                    }
                };
        return new DefaultTrainingConfig(loss)
                .optOptimizer(Optimizer.sgd().setLearningRateTracker(Tracker.fixed(0.5f)).build());
    }

    /** Returns four batches in a fixed order, the last one smaller. */
    private static ArrayDataset data(NDManager manager) {
        NDArray x = manager.arange(60f * 16).reshape(60, 16).mul(0.7f).sin();
        return new ArrayDataset.Builder()
                .setData(x)
                .optLabels(x.get(":, :8").sub(x.get(":, 8:")))
                .setSampling(16, false)
                .build();
    }
}
