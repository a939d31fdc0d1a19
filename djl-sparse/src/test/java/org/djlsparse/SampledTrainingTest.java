package org.djlsparse;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;

import org.djlsparse.SteppedRun.Snapshot;
import org.djlsparse.kernel.LinearKernel;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.torch.GradientHooks;
import org.djlsparse.training.GradientRule;
import org.djlsparse.training.MaskSchedule;
import org.djlsparse.training.WeightGradient;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Path;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** Tests of a Sparsifier whose weight gradients come from sampled output gradients. */
class SampledTrainingTest {

    @TempDir Path folder;

    @BeforeEach
    void check() {
        assumeTrue(GradientHooks.isSupported(), GradientHooks.getReason());
    }

    @Test
    void equalSeedsGiveEqualRuns() throws Exception {
        Map<String, String> exact = train(sparsifier(WeightGradient.exact()));
        Map<String, String> seven = train(sparsifier(WeightGradient.sampled(7)));
        Map<String, String> again = train(sparsifier(WeightGradient.sampled(7)));
        Map<String, String> eight = train(sparsifier(WeightGradient.sampled(8)));

        assertThat(again).isEqualTo(seven);
        assertThat(eight).isNotEqualTo(seven);
        assertThat(seven).isNotEqualTo(exact);
        assertThat(train(builder().optKernel(LinearKernel.packed()).build())).isEqualTo(exact);
    }

    private static Map<String, String> train(Sparsifier sparsifier) throws Exception {
        try (SteppedRun run = run(sparsifier, null)) {
            run.train(0, SteppedRun.STEPS);
            return run.snapshot().weights();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 5, 9})
    void aResumedRunGoesOnAsIfNothingHadHappened(int interruptedAt) throws Exception {
        WeightGradient sampled = WeightGradient.sampled(7);
        Map<String, String> whole = train(sparsifier(sampled));
        Path state = folder.resolve("state.safetensors");
        Sparsifier first = sparsifier(sampled);
        try (SteppedRun run = run(first, null)) {
            run.train(0, interruptedAt);
            run.getModel().save(folder, "model");
            first.save(state);
        }
        Sparsifier second = sparsifier(sampled);
        try (SteppedRun run = run(second, folder)) {
            second.load(state);
            run.train(interruptedAt, SteppedRun.STEPS);
            Snapshot resumed = run.snapshot();
            assertThat(resumed.weights()).isEqualTo(whole);
            assertThat(resumed.step()).isEqualTo(SteppedRun.STEPS);
        }
    }

    @Test
    void theReportTellsWhichLayersAreSampled() {
        SequentialBlock network = new SequentialBlock();
        network.add(Conv2d.builder().setKernelShape(new Shape(1, 1)).setFilters(8).build());
        network.add(Conv2d.builder().setKernelShape(new Shape(3, 3)).setFilters(8).build());
        network.add(Linear.builder().setUnits(8).build());
        network.add(Linear.builder().setUnits(4).build());
        try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
            NDArray x = manager.ones(new Shape(2, 8, 6, 6));
            network.initialize(manager, DataType.FLOAT32, x.getShape());
            Sparsifier sparsifier = sparsifier(WeightGradient.sampled(7));
            Block wrapped = sparsifier.wrap(network);
            assertThat(sparsifier.report().kernels())
                    .containsEntry(
                            "01Conv2d_weight", "dense: no forward pass yet; weight gradient exact");

            gradientOfOnePass(manager, wrapped, x, "03Linear_weight");

            assertThat(sparsifier.report().kernels())
                    .containsEntry("01Conv2d_weight", "packed; weight gradient sampled")
                    .containsEntry(
                            "02Conv2d_weight",
                            "dense: kernel (3, 3): must be (1, 1); weight gradient exact")
                    .containsEntry("03Linear_weight", "packed; weight gradient sampled")
                    .containsEntry("04Linear_weight", "packed; weight gradient sampled");
            wrapped.forward(new ParameterStore(manager, false), new NDList(x), false);
            assertThat(sparsifier.report().toString())
                    .contains("products of 03Linear_weight: packed; weight gradient sampled");
        }
    }

    /** Without a listener, the step does not advance. */
    @Test
    void eachPassHasItsOwnSample() {
        try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
            Block network = Linear.builder().setUnits(8).build();
            NDArray x = manager.arange(64f).sin().reshape(8, 8);
            network.initialize(manager, DataType.FLOAT32, x.getShape());
            Block wrapped = sparsifier(WeightGradient.sampled(7)).wrap(network);

            float[] first = gradientOfOnePass(manager, wrapped, x, "weight");
            float[] second = gradientOfOnePass(manager, wrapped, x, "weight");

            assertThat(second).isNotEqualTo(first);
        }
    }

    /** Returns the gradient of a weight for a sum of squares. */
    private static float[] gradientOfOnePass(
            NDManager manager, Block block, NDArray x, String weight) {
        ParameterStore store = new ParameterStore(manager, false);
        block.getParameters()
                .values()
                .forEach(parameter -> parameter.getArray().setRequiresGradient(true));
        try (GradientCollector collector = manager.getEngine().newGradientCollector()) {
            NDArray y = block.forward(store, new NDList(x), true).singletonOrThrow();
            collector.backward(y.square().sum());
            return block.getParameters().get(weight).getArray().getGradient().toFloatArray();
        }
    }

    @Test
    void needsAKernel() {
        Sparsifier.Builder builder = builder().optWeightGradient(WeightGradient.sampled(7));

        assertThatIllegalArgumentException()
                .isThrownBy(builder::build)
                .withMessage(
                        "weight gradient sampled(7): needs a kernel, because only layers that run"
                                + " in one are sampled; set optKernel or optKernelChooser as well");
        assertThat(builder.optKernel(LinearKernel.packed()).build().toString())
                .contains("kernel=packed, weightGradient=sampled(7)");
        assertThat(builder().optWeightGradient(WeightGradient.exact()).build().toString())
                .doesNotContain("weightGradient");
    }

    @Test
    void equalSeedsAreEqualValues() {
        assertThat(WeightGradient.sampled(7))
                .isEqualTo(WeightGradient.sampled(7))
                .hasSameHashCodeAs(WeightGradient.sampled(7))
                .isNotEqualTo(WeightGradient.sampled(8))
                .isNotEqualTo(WeightGradient.exact());
        assertThat(WeightGradient.exact()).hasToString("exact");
        assertThat(WeightGradient.exact().getSeed()).isNull();
    }

    private static Sparsifier sparsifier(WeightGradient weightGradient) {
        return builder().optKernel(LinearKernel.packed()).optWeightGradient(weightGradient).build();
    }

    private static Sparsifier.Builder builder() {
        return Sparsifier.builder()
                .setPattern(NmPattern.of(2, 4))
                .optSchedule(MaskSchedule.every(2))
                .optRule(GradientRule.straightThrough());
    }

    private static SteppedRun run(Sparsifier sparsifier, @Nullable Path weights) throws Exception {
        return new SteppedRun(
                sparsifier,
                sparsifier.wrap(SteppedRun.network(16)),
                Optimizer.sgd().setLearningRateTracker(Tracker.fixed(0.05f)).build(),
                DataType.FLOAT32,
                weights);
    }
}
