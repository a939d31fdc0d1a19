package org.djlsparse.internal.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;

import org.djlsparse.ResourceCount;
import org.djlsparse.internal.cpu.VectorLoops;
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
import org.junit.jupiter.params.provider.MethodSource;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** Tests of the gradients of a layer whose output's gradient is sampled. */
class SampledBackwardTest {

    private static final String KERNELS =
            "org.djlsparse.internal.torch.LinearFunctionTest#exactKernels";
    private static final int OUTPUTS = 12;
    private static final int INPUTS = 8;
    private static final NmPattern PATTERN = NmPattern.of(2, 4);

    private final NDManager manager = NDManager.newBaseManager("PyTorch");
    private HookRegistry hooks;

    @BeforeEach
    void create() {
        assumeTrue(HookRegistry.getReason() == null, HookRegistry.getReason());
        hooks = new HookRegistry();
    }

    @AfterEach
    void close() {
        manager.close();
    }

    /** The gradients of a layer, and its output. */
    @SuppressWarnings("ArrayRecordComponent") // compared one by one
    private record Gradients(float[] input, float[] weight, float[] bias, float[] output) {}

    @ParameterizedTest
    @MethodSource(KERNELS)
    void onlyTheWeightsGradientReadsTheSample(LinearKernel kernel) {
        NDArray x = normal(1, 2, 7, INPUTS); // 14 rows: the last group is of two
        NDArray dy = normal(2, 2, 7, OUTPUTS);
        Gradients exact = gradients(kernel, x, dy, null);
        GradientSample sample = new GradientSample(3);

        Gradients sampled = gradients(kernel, x, dy, sample);

        assertThat(sampled.output()).isEqualTo(exact.output());
        assertThat(sampled.input()).isEqualTo(exact.input());
        assertThat(sampled.bias()).isEqualTo(exact.bias());
        assertThat(sampled.weight()).isNotEqualTo(exact.weight());
        NDArray rows = sample.of(dy, false).reshape(14, OUTPUTS);
        LayerGradients.assertClose(
                sampled.weight(), rows.transpose().matMul(x.reshape(14, INPUTS)).toFloatArray());
        assertThat(gradients(kernel, x, dy, sample).weight()).isEqualTo(sampled.weight());
    }

    /**
     * The mean over many keys is autograd's gradient, within the error that its variance allows.
     */
    @ParameterizedTest
    @MethodSource(KERNELS)
    void theMeanOfTheWeightsGradientIsAutograds(LinearKernel kernel) {
        int rows = 10;
        NDArray x = normal(1, rows, INPUTS);
        NDArray dy = normal(2, rows, OUTPUTS);
        NDArray weight = masked(7);
        float[] expected =
                LayerGradients.of(
                        LayerGradients.plain(),
                        layer -> layer.linear(x, weight, null).mul(dy).sum(),
                        weight)[0];
        int samples = 400;
        double[] sums = new double[OUTPUTS * INPUTS];
        for (int key = 0; key < samples; key++) {
            float[] gradient = gradients(kernel, x, dy, new GradientSample(key * 77L)).weight();
            for (int i = 0; i < sums.length; i++) {
                sums[i] += gradient[i];
            }
        }
        float[] inputs = x.toFloatArray();
        float[] outputs = dy.toFloatArray();
        for (int i = 0; i < sums.length; i++) {
            double variance = 0;
            for (int row = 0; row < rows; row += 4) {
                double[] group = new double[4];
                double[] others = new double[4];
                for (int k = 0; k < 4 && row + k < rows; k++) {
                    group[k] = outputs[(row + k) * OUTPUTS + i / INPUTS];
                    others[k] = inputs[(row + k) * INPUTS + i % INPUTS];
                }
                variance += GroupSample.moments(group, others)[1];
            }
            double error = 5 * Math.sqrt(variance / samples) + 1e-5;
            assertThat(sums[i] / samples).as("entry %d", i).isCloseTo(expected[i], within(error));
        }
    }

    @ParameterizedTest
    @MethodSource(KERNELS)
    void gradientsThatAreNotFiniteStaySo(LinearKernel kernel) {
        NDArray x = normal(1, 9, INPUTS);
        for (float wrong : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
            float[] values = Weights.gaussian(9 * OUTPUTS, 2);
            values[4 * OUTPUTS + 5] = wrong;
            NDArray dy = array(values, 9, OUTPUTS);

            Gradients sampled = gradients(kernel, x, dy, new GradientSample(1));

            hooks.check();
            Gradients exact = gradients(kernel, x, dy, null);
            assertThat(sampled.input()).isEqualTo(exact.input());
            for (int i = 0; i < sampled.weight().length; i++) {
                assertThat(Float.isFinite(sampled.weight()[i]))
                        .as("entry %d", i)
                        .isEqualTo(i / INPUTS != 5);
            }
        }
    }

    @ParameterizedTest
    @MethodSource(KERNELS)
    void aGradientThatIsNotNeededIsNotComputed(LinearKernel kernel) {
        NDArray x = normal(1, 9, INPUTS);
        NDArray dy = normal(2, 9, OUTPUTS);
        NDArray weight = masked(7);
        GradientSample sample = new GradientSample(1);
        Gradients both = gradients(kernel, x, dy, sample);

        float[] alone =
                LayerGradients.of(
                        layer(kernel, sample),
                        layer -> layer.linear(x, weight, null).mul(dy).sum(),
                        weight)[0];
        float[] input =
                LayerGradients.of(
                        layer(kernel, sample),
                        layer -> layer.linear(x, weight, null).mul(dy).sum(),
                        x)[0];

        assertThat(alone).isEqualTo(both.weight());
        assertThat(input).isEqualTo(both.input());
        hooks.check();
    }

    @Test
    void halfPrecisionStaysClose() {
        NDArray x = normal(1, 16, INPUTS);
        NDArray dy = normal(2, 16, OUTPUTS);
        LinearKernel kernel = LinearKernel.dense(DataType.BFLOAT16);
        GradientSample sample = new GradientSample(1);
        // In bfloat16, dY has other groups than in float32, but only by rounding.
        float[] expected = sample.of(dy, false).transpose().matMul(x).toFloatArray();

        Gradients sampled = gradients(kernel, x, dy, sample);

        float largest = LayerGradients.largest(expected);
        int far = 0;
        for (int i = 0; i < expected.length; i++) {
            far += Math.abs(sampled.weight()[i] - expected[i]) > 0.03 * largest ? 1 : 0;
        }
        assertThat(far).isLessThan(expected.length / 4);
        assertThat(sampled.input()).isEqualTo(gradients(kernel, x, dy, null).input());
        hooks.check();
    }

    @Test
    void prunedWeightsHaveNoGradientUnderTheMaskedRule() {
        assumeTrue(VectorLoops.getReason() == null, VectorLoops.getReason());
        NDArray x = normal(1, 9, 16);
        NDArray dy = normal(2, 9, 16);
        NDArray dense = normal(3, 16, 16);
        Mask mask = MaskSolver.auto().solve(dense.toFloatArray(), WeightShape.of(16, 16), PATTERN);
        NDArray kept = array(mask.toFloatArray(), 16, 16);
        NDArray maskedWeight = dense.mul(kept);
        LayerProduct product =
                new LayerProduct(ProductForm.linear(), dense, () -> maskedWeight, mask, true);
        PackedWeight packed = CpuKernel.INSTANCE.pack(product, null, manager);
        GradientSample sample = new GradientSample(4);

        float[] gradient =
                LayerGradients.of(
                        layer(packed, sample),
                        layer -> layer.linear(x, dense, null).mul(dy).sum(),
                        dense)[0];

        NDArray expected = sample.of(dy, false).transpose().matMul(x).mul(kept);
        LayerGradients.assertClose(gradient, expected.toFloatArray());
    }

    @Test
    void thePixelsOfImagesAreRows() {
        assumeTrue(VectorLoops.getReason() == null, VectorLoops.getReason());
        Shape window = new Shape(3, 3);
        ProductForm form =
                ProductForm.convolution(window, new Shape(1, 2), new Shape(1, 1), new Shape(1, 1));
        NDArray x = normal(1, 2, 8, 5, 6);
        NDArray weight = normal(2, 16, 8, 3, 3);
        Mask mask =
                MaskSolver.auto()
                        .solve(weight.toFloatArray(), WeightShape.of(16, 8, 3, 3), PATTERN);
        NDArray masked = weight.mul(array(mask.toFloatArray(), 16, 8, 3, 3));
        PackedWeight packed =
                CpuKernel.INSTANCE.pack(
                        new LayerProduct(form, masked, () -> masked, mask, false), null, manager);
        NDArray dy = normal(3, form.outputShape(x.getShape(), 16).getShape());
        GradientSample sample = new GradientSample(5);
        NDArray drawn = sample.of(dy, true);

        float[][] actual =
                LayerGradients.of(
                        layer(packed, form, sample),
                        layer -> layer.linear(x, masked, null).mul(dy).sum(),
                        x,
                        masked);
        float[][] expected =
                LayerGradients.of(
                        (input, w, bias) -> form.plain(input, w, bias),
                        layer -> layer.linear(x, masked, null).mul(drawn).sum(),
                        masked);

        LayerGradients.assertClose(actual[1], expected[0]);
        assertThat(actual[0])
                .isEqualTo(
                        LayerGradients.of(
                                layer(packed, form, null),
                                layer -> layer.linear(x, masked, null).mul(dy).sum(),
                                x)[0]);
    }

    @ParameterizedTest
    @MethodSource(KERNELS)
    void nothingIsLeftBehind(LinearKernel kernel) {
        NDArray weight = masked(7);
        NDArray x = normal(1, 9, INPUTS);
        weight.setRequiresGradient(true);
        x.setRequiresGradient(true);
        PackedWeight packed = ProductKernels.of(kernel).pack(weight, manager);
        NDManager shared = NativeHooks.get().getManager();
        int here = ResourceCount.of(manager);
        int there = ResourceCount.of(shared);
        for (int step = 0; step < 50; step++) {
            boolean backward = step % 3 > 0; // some graphs are dropped
            GradientSample sample = new GradientSample(step);
            try (NDManager batch = manager.newSubManager()) {
                LayerGradients.record(
                        collector -> {
                            NDArray input = x.mul(x);
                            input.attach(batch);
                            NDArray y = layer(packed, sample).linear(input, weight, null).square();
                            if (backward) {
                                collector.backward(y.sum());
                            }
                        });
            }
            assertThat(ResourceCount.of(manager)).as("step %d", step).isEqualTo(here);
            assertThat(ResourceCount.of(shared)).as("step %d", step).isEqualTo(there);
            assertThat(hooks.getCount()).isZero();
        }
    }

    /** Returns the gradients for an output whose own gradient is dy. */
    private Gradients gradients(
            LinearKernel kernel, NDArray x, NDArray dy, @Nullable GradientSample sample) {
        NDArray weight = masked(7);
        NDArray bias = normal(8, OUTPUTS);
        List<float[]> output = new ArrayList<>();
        float[][] gradients =
                LayerGradients.of(
                        layer(kernel, sample),
                        layer -> {
                            NDArray y = layer.linear(x, weight, bias);
                            output.add(y.toFloatArray());
                            return y.mul(dy).sum();
                        },
                        x,
                        weight,
                        bias);
        return new Gradients(gradients[0], gradients[1], gradients[2], output.get(0));
    }

    private LayerGradients.Layer layer(LinearKernel kernel, @Nullable GradientSample sample) {
        return (x, weight, bias) ->
                layer(ProductKernels.of(kernel).pack(weight, manager), sample)
                        .linear(x, weight, bias);
    }

    private LayerGradients.Layer layer(PackedWeight packed, @Nullable GradientSample sample) {
        return layer(packed, ProductForm.linear(), sample);
    }

    private LayerGradients.Layer layer(
            PackedWeight packed, ProductForm form, @Nullable GradientSample sample) {
        return (x, weight, bias) ->
                LinearFunction.layer(packed, form, x, weight, bias, hooks, sample);
    }

    private NDArray masked(int seed) {
        float[] values = Weights.gaussian(OUTPUTS * INPUTS, seed);
        boolean[] keep =
                MaskSolver.auto()
                        .solve(values, WeightShape.of(OUTPUTS, INPUTS), PATTERN)
                        .toBooleanArray();
        for (int i = 0; i < values.length; i++) {
            values[i] = keep[i] ? values[i] : 0;
        }
        return array(values, OUTPUTS, INPUTS);
    }

    private NDArray normal(int seed, long... shape) {
        int size = (int) Arrays.stream(shape).reduce(1, (a, b) -> a * b);
        return array(Weights.gaussian(size, seed), shape);
    }

    /**
     * Creates an array in native memory; memory shared with Java would be freed with its first
     * array.
     */
    private NDArray array(float[] values, long... shape) {
        try (NDArray created = manager.create(values, new Shape(shape))) {
            return created.duplicate();
        }
    }
}
