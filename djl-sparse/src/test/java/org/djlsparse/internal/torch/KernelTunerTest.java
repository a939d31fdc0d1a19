package org.djlsparse.internal.torch;

import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;

import org.djlsparse.ResourceCount;
import org.djlsparse.internal.cpu.VectorLoops;
import org.djlsparse.kernel.KernelChooser;
import org.djlsparse.kernel.KernelTrial;
import org.djlsparse.kernel.LayerTrials;
import org.djlsparse.kernel.LinearKernel;
import org.djlsparse.mask.Mask;
import org.djlsparse.mask.MaskSolver;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.mask.WeightShape;
import org.djlsparse.mask.Weights;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** Tests of the choice of kernels, with times set by the test and with real ones. */
class KernelTunerTest {

    private static final LinearKernel DENSE = LinearKernel.dense(DataType.FLOAT32);
    private static final LinearKernel PACKED = LinearKernel.packed();
    private static final Shape INPUT = new Shape(3, 16);

    private final NDManager manager = NDManager.newBaseManager("PyTorch");
    private final List<String> timed = new ArrayList<>();

    @BeforeEach
    void check() {
        assumeTrue(HookRegistry.getReason() == null, HookRegistry.getReason());
    }

    @AfterEach
    void close() {
        manager.close();
    }

    /**
     * Each product goes to its fastest kernel; the layer as a whole must then be faster than DJL's.
     *
     * @param steps the times of a step: as in DJL, with the fastest kernel of the forward product
     *     for both, with that of the input gradient for both, and with one each
     */
    @ParameterizedTest
    @CsvSource({
        "1 9, 9 1, 100 90 80 50, 'dense-fp32, input gradient packed, 0.1 us (dense 0.1 us)'",
        "9 1, 1 9, 100 90 80 50, 'packed, input gradient dense-fp32, 0.1 us (dense 0.1 us)'",
        "1 9, 9 1, 9000 2000 3000 2500, 'dense-fp32, 2.0 us (dense 9.0 us)'",
        "1 9, 9 1, 9000 3000 2000 2500, 'packed, 2.0 us (dense 9.0 us)'",
        "1 9, 9 1, 9000 9000 8900 7830, 'dense, 9.0 us (dense-fp32, input gradient packed 7.8 us)'",
        "9 1, 9 1, 9000 7000 7000 0, 'packed, 7.0 us (dense 9.0 us)'",
        "7 7, 7 7, 9000 7000 7000 0, 'dense-fp32, 7.0 us (dense 9.0 us)'"
    })
    void theFastestWinsIfItIsFasterThanDense(
            String forward, String inputGradient, String steps, String expected) {
        KernelTuner tuner = tuner(forward, inputGradient, steps);

        KernelChoice choice =
                tuner.choose(linear(manager.ones(new Shape(8, 16)), null), INPUT, true);

        assertThat(choice.description()).isEqualTo(expected);
        if (expected.startsWith("dense,")) {
            assertThat(choice.kernel()).isNull();
        } else {
            assertThat(choice.kernel()).isNotNull();
            assertThat(expected).startsWith(choice.kernel().getName() + ", ");
        }
    }

    @Test
    void aPairOfKernelsGivesBothProducts() {
        NDArray weight = manager.create(new float[] {1, 0, 2, 0, 0, 3, 0, 4}, new Shape(2, 4));
        NDArray square = weight.concat(weight.mul(2));
        ProductKernel pair =
                tuner("1 9", "9 1", "100 90 80 50")
                        .choose(linear(square, null), new Shape(3, 4), true)
                        .kernel();
        NDArray x = manager.arange(12f).reshape(3, 4);

        try (PackedWeight packed = Objects.requireNonNull(pair).pack(square, manager)) {
            assertThat(packed.multiply(x, null)).isEqualTo(x.matMul(square.transpose()));
            assertThat(packed.inputGradient(x, x.getShape())).isEqualTo(x.matMul(square));
        }
    }

    @Test
    void triesEachLayerOnceForRowsOfOneSize() {
        KernelTuner tuner = tuner("9 1", "9 1", "9000 7000 7000 0");
        NDArray weight = manager.ones(new Shape(8, 16));
        KernelChoice first = choose(tuner, weight, 3, true);

        assertThat(choose(tuner, manager.zeros(new Shape(8, 16)), 4, true)).isSameAs(first);
        assertThat(timed).containsExactly("dense-fp32", "packed");
        choose(tuner, weight, 5, true);
        choose(tuner, manager.ones(new Shape(16, 16)), 3, true);
        choose(tuner, weight, 3, false);
        assertThat(timed).hasSize(8);
        assertThat(tuner.getTrials())
                .hasSize(4)
                .anySatisfy(trials -> assertThat(trials.choice()).isEqualTo(first.description()))
                .anySatisfy(trials -> assertThat(trials.training()).isFalse());
    }

    @Test
    void saysWhyAKernelIsNotTried() {
        KernelTuner tuner = KernelTuner.of(DataType.BFLOAT16);
        KernelChoice choice =
                tuner.choose(
                        linear(manager.ones(new Shape(8, 16)), NmPattern.of(4, 8)), INPUT, true);

        assertThat(choice.description())
                .containsPattern("\\d+\\.\\d us \\(dense(-bf16)? \\d+\\.\\d us\\)")
                .contains("; cusparselt-bf16, cutlass-bf16: no CUDA device (");
        assertThat(tuner.getTrials().get(0).toString())
                .startsWith("(8, 16), 3 rows, cpu(), training: dense")
                .containsPattern(
                        "  dense-bf16: forward \\d+\\.\\d us, input gradient \\d+\\.\\d us")
                .contains("  cutlass-bf16: no CUDA device");

        KernelTuner others = tuner("1 1", "1 1", "9000 7000 7000 8000");
        assertThat(
                        others.choose(
                                        linear(manager.ones(new Shape(8, 16)), NmPattern.of(4, 8)),
                                        INPUT,
                                        true)
                                .description())
                .isEqualTo("dense-fp32, 7.0 us (dense 9.0 us); packed: mask 4:8: must be 2:4");
        assertThat(
                        others.choose(
                                        linear(manager.ones(new Shape(8, 30)), null),
                                        new Shape(3, 30),
                                        true)
                                .description())
                .endsWith("; packed: in_features 30: must be a multiple of 4");
    }

    @Test
    void aKernelThatFailsIsLeftOut() {
        KernelTuner tuner =
                new KernelTuner(
                        "test",
                        type -> List.of(PACKED),
                        new GivenTimes() {
                            @Override
                            KernelTrial time(
                                    LinearKernel kernel,
                                    LayerProduct product,
                                    Shape input,
                                    boolean training) {
                                throw new EngineException("out of memory");
                            }

                            @Override
                            double step(
                                    LayerProduct product,
                                    @Nullable ProductKernel kernel,
                                    Shape input,
                                    boolean training) {
                                return 2000;
                            }
                        });

        KernelChoice choice = choose(tuner, manager.ones(new Shape(8, 16)), 3, true);

        assertThat(choice.kernel()).isNull();
        assertThat(choice.description()).isEqualTo("dense, 2.0 us; packed: failed: out of memory");
    }

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"FLOAT16", "BFLOAT16"})
    @SuppressWarnings("try") // the collector is needed for its effect on the thread
    void realTimesDecideAndNothingIsLeft(DataType type) {
        KernelTuner tuner = KernelTuner.of(type);
        NDArray weight = manager.randomNormal(new Shape(16, 16));
        NDArray taps = manager.randomNormal(new Shape(16, 16, 1, 1));
        weight.setRequiresGradient(true);
        int before = ResourceCount.of(manager);
        KernelChoice inTraining;
        try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            inTraining = choose(tuner, weight, 5, true);
            assertThat(LinearFunction.isRecording()).isTrue();
        }
        assertThat(weight.getGradient().toFloatArray()).containsOnly(0);
        KernelChoice inPrediction = choose(tuner, weight, 5, false);
        tuner.choose(
                LayerProduct.of(ProductForm.pointwise(2, 1), taps), new Shape(2, 16, 5, 3), true);

        assertThat(ResourceCount.of(manager)).as("arrays left").isEqualTo(before + 1); // gradient
        assertThat(tuner.getTrials()).hasSize(3);
        for (LayerTrials trials : tuner.getTrials()) {
            KernelTrial dense = trials.kernels().get(0);
            assertThat(dense.kernel().getName()).startsWith("dense-");
            assertThat(dense.reason()).isNull();
            assertThat(dense.forwardNanos()).isPositive();
            assertThat(dense.inputGradientNanos() > 0).isEqualTo(trials.training());
            boolean faster = trials.kernelNanos() < trials.denseNanos() * 0.85;
            assertThat(trials.choice().startsWith("dense, ")).isEqualTo(!faster);
        }
        assertThat(tuner.getTrials())
                .extracting(LayerTrials::choice)
                .contains(inTraining.description(), inPrediction.description());
    }

    @Test
    void layersOfFloat32TryKeptEntriesToo() {
        assumeTrue(VectorLoops.getReason() == null, VectorLoops.getReason());
        KernelTuner tuner = KernelTuner.ofLayers();
        LayerProduct product = masked(true);
        Shape input = new Shape(2, 9, 32);
        int before = ResourceCount.of(manager);

        KernelChoice choice = tuner.choose(product, input, true);
        tuner.choose(product, input, false);
        tuner.choose(masked(false), input, true);

        assertThat(choice.description()).contains(" us");
        assertThat(ResourceCount.of(manager) - before).as("arrays left").isEqualTo(1); // the weight
        assertThat(tuner.getTrials()).hasSize(3);
        for (LayerTrials trials : tuner.getTrials()) {
            assertThat(trials.kernels())
                    .extracting(trial -> trial.kernel().getName())
                    .containsExactly("dense-fp32", "cpu-sparse");
            for (KernelTrial trial : trials.kernels()) {
                assertThat(trial.reason()).isNull();
                assertThat(trial.forwardNanos()).isPositive();
                assertThat(trial.inputGradientNanos() > 0).isEqualTo(trials.training());
                assertThat(trial.weightGradientNanos() > 0).isEqualTo(trials.training());
            }
        }
    }

    @Test
    void layersOfOtherTypesStayDense() {
        NDArray doubles = manager.ones(new Shape(16, 16), DataType.FLOAT64);
        KernelChoice choice = choose(KernelTuner.ofLayers(), doubles, 3, true);

        assertThat(choice.kernel()).isNull();
        assertThat(choice.description()).matches("dense, \\d+\\.\\d us");
    }

    @Test
    void eachOfThreeProductsGoesToItsFastestKernel() {
        assumeTrue(VectorLoops.getReason() == null, VectorLoops.getReason());
        LinearKernel sparse = LinearKernel.cpuSparse();
        KernelTuner tuner =
                new KernelTuner(
                        "test",
                        type -> List.of(DENSE, sparse),
                        new GivenTimes() {
                            @Override
                            KernelTrial time(
                                    LinearKernel kernel,
                                    LayerProduct product,
                                    Shape input,
                                    boolean training) {
                                return kernel.equals(sparse)
                                        ? new KernelTrial(kernel, null, 1, 9, 1, 0, 0)
                                        : new KernelTrial(kernel, null, 9, 1, 9, 0, 0);
                            }

                            @Override
                            double step(
                                    LayerProduct product,
                                    @Nullable ProductKernel kernel,
                                    Shape input,
                                    boolean training) {
                                timed.add(kernel == null ? "dense" : kernel.getName());
                                return kernel != null && kernel.getName().contains("weight")
                                        ? 5000
                                        : 8000;
                            }
                        });
        LayerProduct product = masked(true);

        KernelChoice choice = tuner.choose(product, new Shape(9, 32), true);

        String mixed = "cpu-sparse, input gradient dense-fp32, weight gradient cpu-sparse";
        assertThat(choice.description()).isEqualTo(mixed + ", 5.0 us (dense 8.0 us)");
        assertThat(timed).containsExactly("dense", mixed, "dense-fp32", "cpu-sparse");
        NDArray x = manager.randomNormal(new Shape(9, 32));
        NDArray dy = manager.randomNormal(new Shape(9, 24));
        NDArray weight = product.masked().get();
        NDArray kept = weight.neq(0).toType(DataType.FLOAT32, false);
        try (PackedWeight packed =
                Objects.requireNonNull(choice.kernel()).pack(product, null, manager)) {
            assertClose(packed.multiply(x, null), x.matMul(weight.transpose()));
            assertClose(packed.inputGradient(dy, x.getShape()), dy.matMul(weight));
            assertClose(packed.weightGradient(dy, x), dy.transpose().matMul(x).mul(kept));
        }
    }

    private static void assertClose(NDArray actual, NDArray expected) {
        LayerGradients.assertClose(actual.toFloatArray(), expected.toFloatArray());
    }

    /** Returns a layer of 24 outputs and 32 inputs with a 2:4 mask. */
    private LayerProduct masked(boolean keptGradient) {
        float[] values = Weights.gaussian(24 * 32, 1);
        Mask mask = MaskSolver.auto().solve(values, WeightShape.of(24, 32), NmPattern.of(2, 4));
        float[] keep = mask.toFloatArray();
        for (int i = 0; i < values.length; i++) {
            values[i] *= keep[i];
        }
        NDArray weight = manager.create(values, new Shape(24, 32));
        return new LayerProduct(ProductForm.linear(), weight, () -> weight, mask, keptGradient);
    }

    @Test
    void refusesWhatIsNoLayer() {
        KernelTuner tuner = KernelTuner.of(DataType.FLOAT16);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> choose(tuner, manager.ones(new Shape(16)), 2, true))
                .withMessage("weight (16), 2 rows: must be [out, in], and at least 1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> choose(tuner, manager.ones(new Shape(8, 16)), 0, true))
                .withMessage("weight (8, 16), 0 rows: must be [out, in], and at least 1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> KernelChooser.fastest(DataType.FLOAT32))
                .withMessageContaining("must be float16 or bfloat16");
    }

    private static KernelChoice choose(
            KernelTuner tuner, NDArray weight, long rows, boolean training) {
        return tuner.choose(linear(weight, null), new Shape(rows, 16), training);
    }

    /**
     * Returns a linear layer whose mask has a pattern and keeps nothing; without a mask if the
     * pattern is null.
     */
    private static LayerProduct linear(NDArray weight, @Nullable NmPattern pattern) {
        Mask mask =
                pattern == null
                        ? null
                        : Mask.of(
                                WeightShape.of(weight.getShape().getShape()),
                                pattern,
                                new boolean[Math.toIntExact(weight.size())]);
        return new LayerProduct(ProductForm.linear(), weight, () -> weight, mask, true);
    }

    /** Returns a tuner of the dense kernel and the packed one, in this order, with given times. */
    private KernelTuner tuner(String forward, String inputGradient, String steps) {
        String[] products = {"dense-fp32", "packed"};
        String[] step = steps.split(" ", -1);
        int fastestForward = fastest(forward);
        int fastestGradient = fastest(inputGradient);
        Map<String, Double> kernelSteps =
                fastestForward == fastestGradient
                        ? Map.of(products[fastestForward], nanos(step[1]))
                        : Map.of(
                                products[fastestForward],
                                nanos(step[1]),
                                products[fastestGradient],
                                nanos(step[2]),
                                products[fastestForward]
                                        + ", input gradient "
                                        + products[fastestGradient],
                                nanos(step[3]));
        return new KernelTuner(
                "test",
                type -> List.of(DENSE, PACKED),
                new GivenTimes() {
                    @Override
                    KernelTrial time(
                            LinearKernel kernel,
                            LayerProduct product,
                            Shape input,
                            boolean training) {
                        timed.add(kernel.getName());
                        int index = kernel.getName().equals(products[0]) ? 0 : 1;
                        return new KernelTrial(
                                kernel,
                                null,
                                nanos(forward.split(" ", -1)[index]),
                                nanos(inputGradient.split(" ", -1)[index]),
                                1,
                                0,
                                0);
                    }

                    @Override
                    double step(
                            LayerProduct product,
                            @Nullable ProductKernel kernel,
                            Shape input,
                            boolean training) {
                        return kernel == null
                                ? nanos(step[0])
                                : kernelSteps.getOrDefault(kernel.getName(), nanos("1e9"));
                    }
                });
    }

    private static double nanos(String text) {
        return Double.parseDouble(text);
    }

    private static int fastest(String times) {
        String[] both = times.split(" ", -1);
        return nanos(both[1]) < nanos(both[0]) ? 1 : 0;
    }

    /** A timer whose times are set by a test. */
    private abstract static class GivenTimes extends ProductTimer {

        /** Returns the time of a layer with a kernel, or as in DJL. */
        abstract double step(
                LayerProduct product,
                @Nullable ProductKernel kernel,
                Shape input,
                boolean training);

        @Override
        double[] steps(
                LayerProduct layer,
                List<? extends ProductKernel> kernels,
                Shape input,
                boolean training) {
            double[] nanos = new double[1 + kernels.size()];
            nanos[0] = step(layer, null, input, training);
            for (int i = 1; i < nanos.length; i++) {
                nanos[i] = step(layer, kernels.get(i - 1), input, training);
            }
            return nanos;
        }
    }
}
