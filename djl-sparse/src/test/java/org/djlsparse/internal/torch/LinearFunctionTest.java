package org.djlsparse.internal.torch;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;

import org.djlsparse.ResourceCount;
import org.djlsparse.internal.cpu.VectorLoops;
import org.djlsparse.internal.torch.LayerGradients.Layer;
import org.djlsparse.kernel.LinearKernel;
import org.djlsparse.mask.MaskSolver;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.mask.WeightShape;
import org.djlsparse.mask.Weights;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** Tests against autograd's own linear layer. */
class LinearFunctionTest {

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

    static List<LinearKernel> exactKernels() {
        List<LinearKernel> kernels = new ArrayList<>(kernelsThatPack());
        kernels.add(LinearKernel.dense(DataType.FLOAT32));
        return kernels;
    }

    static List<LinearKernel> kernelsThatPack() {
        return VectorLoops.getReason() == null
                ? List.of(LinearKernel.packed(), LinearKernel.cpuSparse())
                : List.of(LinearKernel.packed());
    }

    @ParameterizedTest
    @MethodSource("exactKernels")
    void gradientsOfAChainAreAutograds(LinearKernel kernel) {
        NDArray x = normal(1, 5, 8);
        NDArray w1 = masked(2, 12, 8);
        NDArray b1 = normal(3, 12);
        NDArray w2 = masked(4, 4, 12);
        compare(
                kernel,
                layer -> layer.linear(layer.linear(x, w1, b1).tanh(), w2, null).square().sum(),
                x,
                w1,
                b1,
                w2);
    }

    @ParameterizedTest
    @MethodSource("exactKernels")
    void gradientsOfAResidualNetworkAreAutograds(LinearKernel kernel) {
        NDArray x = normal(1, 2, 3, 8); // a batch of sequences
        NDArray w1 = masked(2, 8, 8);
        NDArray w2 = masked(3, 8, 8);
        NDArray bias = normal(4, 8);
        compare(
                kernel,
                layer -> {
                    NDArray h = x.add(layer.linear(x, w1, bias).tanh());
                    NDArray y = h.add(layer.linear(h, w2, bias).mul(h));
                    return y.square().mean().add(h.sum());
                },
                x,
                w1,
                w2,
                bias);
    }

    @ParameterizedTest
    @MethodSource("exactKernels")
    void aLayerUsedTwiceGetsBothGradients(LinearKernel kernel) {
        NDArray x = normal(1, 5, 8);
        NDArray weight = masked(2, 8, 8);
        compare(
                kernel,
                layer -> {
                    NDArray once = layer.linear(x, weight, null);
                    NDArray twice = layer.linear(once.tanh(), weight, null);
                    return twice.mul(once).sum().add(layer.linear(x, weight, null).square().sum());
                },
                x,
                weight);
    }

    @ParameterizedTest
    @MethodSource("exactKernels")
    void whatNeedsNoGradientGetsNone(LinearKernel kernel) {
        for (int frozen = 0; frozen < 7; frozen++) { // all but "all three frozen"
            NDArray x = normal(1, 5, 8);
            NDArray weight = masked(2, 12, 8);
            NDArray bias = normal(3, 12);
            List<NDArray> learned = new ArrayList<>();
            NDArray[] all = {x, weight, bias};
            for (int i = 0; i < 3; i++) {
                if ((frozen >> i & 1) == 0) {
                    learned.add(all[i]);
                }
            }
            compare(
                    kernel,
                    layer -> layer.linear(x, weight, bias).square().sum(),
                    learned.toArray(NDArray[]::new));
        }
    }

    @ParameterizedTest
    @MethodSource("kernelsThatPack")
    void inputsMayHaveAnyNumberOfDimensionsAndRows(LinearKernel kernel) {
        NDArray weight = masked(2, 12, 8);
        for (long[] shape : new long[][] {{8}, {1, 8}, {7, 8}, {2, 3, 8}, {2, 1, 3, 8}, {0, 8}}) {
            NDArray x = normal(1, shape);
            compare(kernel, layer -> layer.linear(x, weight, null).square().sum(), x, weight);
        }
        NDArray x = normal(1, 3, 8, 2);
        compare(
                kernel, // rows are not contiguous
                layer -> layer.linear(x.transpose(0, 2, 1), weight, null).square().sum(),
                x,
                weight);
    }

    @Test
    void mixedPrecisionStaysClose() {
        NDArray x = normal(1, 5, 8);
        NDArray w1 = masked(2, 12, 8);
        NDArray b1 = normal(3, 12);
        NDArray w2 = masked(4, 4, 12);
        NDArray[] leaves = {x, w1, b1, w2};
        for (DataType type : new DataType[] {DataType.BFLOAT16, DataType.FLOAT16}) {
            Function<Layer, NDArray> loss =
                    layer -> layer.linear(layer.linear(x, w1, b1).tanh(), w2, null).sum();
            float[][] exact = LayerGradients.of(LayerGradients.plain(), loss, leaves);
            float[][] mixed =
                    LayerGradients.of(kernelLayer(LinearKernel.dense(type)), loss, leaves);
            for (int i = 0; i < leaves.length; i++) {
                float largest = LayerGradients.largest(exact[i]);
                for (int k = 0; k < exact[i].length; k++) {
                    assertThat(mixed[i][k])
                            .isNotNaN()
                            .isCloseTo(exact[i][k], within(0.02f * largest));
                }
                assertThat(mixed[i]).isNotEqualTo(exact[i]);
            }
        }
    }

    @Test
    void halfPrecisionThroughoutStaysHalf() {
        NDArray x = normal(1, 5, 8).toType(DataType.FLOAT16, false);
        NDArray weight = masked(2, 12, 8).toType(DataType.FLOAT16, false);
        NDArray bias = normal(3, 12).toType(DataType.FLOAT16, false);
        x.setRequiresGradient(true);
        weight.setRequiresGradient(true);
        bias.setRequiresGradient(true);
        Layer layer = kernelLayer(LinearKernel.dense(DataType.FLOAT16));
        LayerGradients.record(
                collector -> {
                    NDArray y = layer.linear(x, weight, bias);
                    assertThat(y.getDataType()).isEqualTo(DataType.FLOAT16);
                    collector.backward(y.sum());
                });

        NDArray ones = manager.ones(new Shape(5, 12));
        NDArray expected = ones.matMul(weight.toType(DataType.FLOAT32, false));
        assertThat(x.getGradient().getDataType()).isEqualTo(DataType.FLOAT16);
        NDArray difference = x.getGradient().toType(DataType.FLOAT32, false).sub(expected);
        assertThat(difference.abs().max().getFloat()).isLessThan(0.02f);
        assertThat(weight.getGradient().getDataType()).isEqualTo(DataType.FLOAT16);
        assertThat(bias.getGradient().toType(DataType.FLOAT32, false).toFloatArray())
                .containsOnly(5);
    }

    @ParameterizedTest
    @MethodSource("kernelsThatPack")
    void withoutACollectorNoGraphIsMade(LinearKernel kernel) {
        NDArray x = normal(1, 5, 8);
        NDArray weight = masked(2, 12, 8);
        weight.setRequiresGradient(true);

        NDArray y = kernelLayer(kernel).linear(x, weight, null);
        NDArray expected = x.matMul(weight.transpose());
        assertThat(y.allClose(expected, 1e-6, 1e-6, false)).isTrue();
        assertThat(hooks.needsGradient((PtNDArray) y)).isFalse();
        assertThat(hooks.getCount()).isZero();
    }

    @ParameterizedTest
    @MethodSource("kernelsThatPack")
    void changesInPlaceAreNoticedAsAutogradDoes(LinearKernel kernel) {
        NDArray weight = masked(2, 8, 8);
        weight.setRequiresGradient(true);
        NDArray x = normal(1, 5, 8);
        for (Layer layer : List.of(LayerGradients.plain(), kernelLayer(kernel))) {
            assertThatExceptionOfType(EngineException.class)
                    .isThrownBy(
                            () ->
                                    LayerGradients.record(
                                            collector -> {
                                                NDArray y = layer.linear(x, weight, null).sum();
                                                x.addi(x);
                                                collector.backward(y);
                                            }))
                    .withMessageContaining("modified by an inplace operation");
        }
        assertThat(weight.getGradient().toFloatArray()).containsOnly(0);
    }

    @ParameterizedTest
    @MethodSource("kernelsThatPack")
    void aGraphServesTwiceOnlyIfKept(LinearKernel kernel) {
        NDArray weight = masked(2, 8, 8);
        NDArray x = normal(1, 5, 8);
        weight.setRequiresGradient(true);
        x.setRequiresGradient(true);
        PtNDArray one = (PtNDArray) manager.ones(new Shape());
        Layer layer = kernelLayer(kernel);
        LayerGradients.record(
                collector -> {
                    PtNDArray loss = (PtNDArray) layer.linear(x, weight, null).square().sum();
                    JniUtils.backward(loss, one, true, false);
                    float[] once = weight.getGradient().toFloatArray();
                    JniUtils.backward(loss, one, false, false);
                    float[] twice = weight.getGradient().toFloatArray();
                    for (int i = 0; i < once.length; i++) {
                        assertThat(twice[i]).isEqualTo(2 * once[i]);
                    }
                    assertThatExceptionOfType(EngineException.class)
                            .isThrownBy(() -> JniUtils.backward(loss, one, false, false))
                            .withMessageContaining("backward through the graph a second time");
                });
    }

    @ParameterizedTest
    @MethodSource("kernelsThatPack")
    void secondDerivativesAreRefused(LinearKernel kernel) {
        NDArray weight = masked(2, 8, 8);
        NDArray x = normal(1, 5, 8);
        weight.setRequiresGradient(true);
        x.setRequiresGradient(true);
        PtNDArray one = (PtNDArray) manager.ones(new Shape());
        Layer layer = kernelLayer(kernel);
        LayerGradients.record(
                collector -> {
                    PtNDArray loss = (PtNDArray) layer.linear(x, weight, null).square().sum();
                    JniUtils.backward(loss, one, true, true);
                });

        assertThat(weight.getGradient().toFloatArray()).containsOnly(Float.NaN);
        assertThat(x.getGradient().toFloatArray()).containsOnly(Float.NaN);
        assertThatIllegalStateException()
                .isThrownBy(hooks::check)
                .withMessageContaining("createGraph");
    }

    @Test
    void aFailureInTheBackwardPassPoisonsAndIsThrownByTheNextForwardPass() {
        LinearKernel kernel =
                LinearKernel.packed(); // cpu-sparse keeps no array that could be closed
        NDArray weight = masked(2, 8, 8);
        NDArray x = normal(1, 5, 8);
        weight.setRequiresGradient(true);
        x.setRequiresGradient(true);
        NDManager owner = manager.newSubManager();
        PackedWeight packed = ProductKernels.of(kernel).pack(weight, owner);
        LayerGradients.record(
                collector -> {
                    NDArray y = LinearFunction.linear(packed, x, weight, null, hooks);
                    owner.close(); // closes the arrays of the packed weight
                    collector.backward(y.sum());
                });

        assertThat(weight.getGradient().toFloatArray()).containsOnly(Float.NaN);
        assertThat(x.getGradient().toFloatArray()).containsOnly(Float.NaN);
        Layer layer = kernelLayer(kernel);
        assertThatIllegalStateException()
                .isThrownBy(() -> layer.linear(x, weight, null))
                .withMessageStartingWith("a gradient hook failed, and its gradient became NaN: ")
                .withCauseInstanceOf(IllegalStateException.class);
        assertThatCode(() -> layer.linear(x, weight, null)).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @MethodSource("kernelsThatPack")
    void aClosedPackedWeightServesItsGraphs(LinearKernel kernel) {
        NDArray weight = masked(2, 8, 8);
        NDArray x = normal(1, 5, 8);
        weight.setRequiresGradient(true);
        x.setRequiresGradient(true);
        int before = ResourceCount.of(manager);
        PackedWeight packed = ProductKernels.of(kernel).pack(weight, manager);
        try (NDManager batch = manager.newSubManager()) {
            LayerGradients.record(
                    collector -> {
                        NDArray input = x.mul(x);
                        input.attach(batch);
                        NDArray y = LinearFunction.linear(packed, input, weight, null, hooks);
                        packed.close();
                        assertThat(ResourceCount.of(manager)).isGreaterThan(before);
                        collector.backward(y.sum());
                    });
        }
        assertThat(ResourceCount.of(manager)).isEqualTo(before);
        assertThat(x.getGradient().toFloatArray()).doesNotContain(Float.NaN);
        hooks.check();
    }

    @ParameterizedTest
    @MethodSource("kernelsThatPack")
    void hooksOfTheUserMayJoin(LinearKernel kernel) {
        NDArray weight = masked(2, 8, 8);
        NDArray x = normal(1, 5, 8);
        weight.setRequiresGradient(true);
        List<float[]> seen = new ArrayList<>();
        Layer layer = kernelLayer(kernel);
        LayerGradients.record(
                collector -> {
                    NDArray y = layer.linear(x, weight, null);
                    hooks.register(y, gradient -> gradient.add(gradient));
                    hooks.register(
                            weight,
                            gradient -> {
                                seen.add(gradient.toFloatArray());
                                return null;
                            });
                    collector.backward(y.sum());
                });

        // The kernel receives the gradient that the hook on its result returned, as in autograd.
        NDArray expected = manager.full(new Shape(8, 5), 2f).matMul(x);
        assertThat(seen).hasSize(1);
        LayerGradients.assertClose(seen.get(0), expected.toFloatArray());
    }

    @ParameterizedTest
    @MethodSource("kernelsThatPack")
    void nothingIsLeftBehind(LinearKernel kernel) {
        NDArray w1 = masked(2, 12, 8);
        NDArray w2 = masked(3, 4, 12);
        NDArray bias = normal(4, 12);
        NDArray x = normal(1, 5, 8);
        for (NDArray leaf : List.of(w1, w2, bias)) {
            leaf.setRequiresGradient(true);
        }
        PackedWeight p1 = ProductKernels.of(kernel).pack(w1, manager);
        PackedWeight p2 = ProductKernels.of(kernel).pack(w2, manager);
        NDManager shared = NativeHooks.get().getManager();
        int here = ResourceCount.of(manager);
        int there = ResourceCount.of(shared);
        for (int step = 0; step < 200; step++) {
            boolean backward = step % 3 > 0; // some graphs are dropped
            try (NDManager batch = manager.newSubManager()) {
                LayerGradients.record(
                        collector -> {
                            NDArray input = x.duplicate();
                            input.attach(batch);
                            NDArray h = LinearFunction.linear(p1, input, w1, bias, hooks).tanh();
                            NDArray y = LinearFunction.linear(p2, h, w2, null, hooks);
                            if (backward) {
                                collector.backward(y.square().sum());
                            }
                        });
            }
            assertThat(ResourceCount.of(manager)).as("step %d", step).isEqualTo(here);
            assertThat(ResourceCount.of(shared)).as("step %d", step).isEqualTo(there);
            assertThat(hooks.getCount()).isZero();
        }
    }

    @ParameterizedTest
    @MethodSource("kernelsThatPack")
    void scopesDoNotEndWhatTheGraphNeeds(LinearKernel kernel) {
        NDArray weight = masked(2, 8, 8);
        NDArray x = normal(1, 5, 8);
        weight.setRequiresGradient(true);
        x.setRequiresGradient(true);
        LayerGradients.record(
                collector -> {
                    NDArray loss;
                    PackedWeight packed;
                    try (NDScope scope = new NDScope()) {
                        packed = ProductKernels.of(kernel).pack(weight, manager);
                        NDArray y = LinearFunction.linear(packed, x, weight, null, hooks);
                        loss = y.sum();
                        NDScope.unregister(loss);
                        scope.suppressNotUsedWarning();
                    }
                    collector.backward(loss);
                    assertThat(packed.multiply(x, null).getShape()).isEqualTo(new Shape(5, 8));
                });
        hooks.check();
        NDArray ones = manager.ones(new Shape(5, 8));
        LayerGradients.assertClose(
                x.getGradient().toFloatArray(), ones.matMul(weight.stopGradient()).toFloatArray());
    }

    private void compare(LinearKernel kernel, Function<Layer, NDArray> loss, NDArray... leaves) {
        LayerGradients.compare(kernelLayer(kernel), loss, leaves);
        hooks.check();
    }

    private Layer kernelLayer(LinearKernel kernel) {
        return (x, weight, bias) ->
                LinearFunction.linear(
                        ProductKernels.of(kernel).pack(weight, manager), x, weight, bias, hooks);
    }

    private NDArray masked(int seed, int rows, int columns) {
        float[] values = Weights.gaussian(rows * columns, seed);
        float[] kept =
                MaskSolver.auto()
                        .solve(values, WeightShape.of(rows, columns), NmPattern.of(2, 4))
                        .toFloatArray();
        for (int i = 0; i < values.length; i++) {
            values[i] = kept[i] == 0 ? 0 : values[i];
        }
        return array(values, rows, columns);
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
