package org.djlsparse.internal.torch;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;

import org.djlsparse.ResourceCount;
import org.djlsparse.internal.cpu.VectorLoops;
import org.djlsparse.internal.torch.LayerGradients.Layer;
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
import org.junit.jupiter.params.provider.MethodSource;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** Tests of masked linear layers in the kernel that multiplies with kept entries alone. */
class CpuKernelTest {

    private static final NmPattern PATTERN = NmPattern.of(2, 4);
    private static final int OUTPUTS = 44;
    private static final int INPUTS = 28;

    private final NDManager manager = NDManager.newBaseManager("PyTorch");
    private HookRegistry hooks;

    @BeforeEach
    void create() {
        assumeTrue(HookRegistry.getReason() == null, HookRegistry.getReason());
        assumeTrue(VectorLoops.getReason() == null, VectorLoops.getReason());
        hooks = new HookRegistry();
    }

    @AfterEach
    void close() {
        manager.close();
    }

    /** A layer's weight, dense and masked. */
    private record Weight(NDArray dense, Mask mask, NDArray tensor) {

        NDArray masked() {
            return dense.mul(tensor);
        }

        LayerProduct product(boolean keptGradient) {
            return new LayerProduct(ProductForm.linear(), dense, this::masked, mask, keptGradient);
        }
    }

    static List<CpuProducts> choices() {
        List<CpuProducts> choices = new ArrayList<>();
        for (int i = 1; i < 8; i++) {
            choices.add(new CpuProducts((i & 1) > 0, (i & 2) > 0, (i & 4) > 0));
        }
        return choices;
    }

    /** A dense product does not change the other products. */
    @ParameterizedTest
    @MethodSource("choices")
    void gradientsAreThoseOfTheRule(CpuProducts products) {
        for (NmPattern pattern : List.of(PATTERN, NmPattern.of(4, 8), NmPattern.of(1, 4))) {
            Weight weight = weight(pattern, 1);
            NDArray x = normal(2, 3, 7, INPUTS);
            NDArray bias = normal(3, OUTPUTS);
            for (boolean keptGradient : new boolean[] {true, false}) {
                PackedWeight packed =
                        CpuKernel.INSTANCE.pack(
                                weight.product(keptGradient), null, manager, products);
                compare(packed, weight, keptGradient, l -> l.square().sum(), x, bias);
            }
        }
    }

    @Test
    void inputsMayLieInAnyOrder() {
        Weight weight = weight(PATTERN, 1);
        List<Function<NDArray, NDArray>> views =
                List.of(
                        x -> x.reshape(INPUTS, 30).transpose(),
                        x -> x.reshape(5, INPUTS, 6).transpose(0, 2, 1),
                        x -> x.reshape(5, 6, INPUTS).transpose(1, 0, 2),
                        x -> x.reshape(INPUTS, 5, 6).transpose(2, 1, 0),
                        x -> x.reshape(INPUTS, 5, 6).transpose(1, 2, 0),
                        x -> x.reshape(15, 2 * INPUTS).get(":, 3:" + (3 + INPUTS)),
                        x -> x.reshape(30, INPUTS).get("1:30:2"),
                        x -> x.get("0:" + INPUTS).reshape(1, INPUTS).broadcast(9, INPUTS),
                        x -> x.get("0:9").reshape(9, 1).broadcast(9, INPUTS),
                        x -> x.get("0:" + INPUTS));
        for (Function<NDArray, NDArray> view : views) {
            NDArray x = normal(2, 30 * INPUTS);
            PackedWeight packed = CpuKernel.INSTANCE.pack(weight.product(true), null, manager);
            compare(packed, weight, true, y -> y.square().sum(), x, null, view);
        }
    }

    @Test
    void gradientsMayLieInAnyOrder() {
        Weight weight = weight(PATTERN, 1);
        List<Function<NDArray, NDArray>> losses =
                List.of(
                        NDArray::sum, // expanded from one number
                        y -> y.mean(new int[] {1}).square().sum(),
                        y -> y.transpose(0, 2, 1).mul(normal(5, 5, OUTPUTS, 6)).sum(),
                        y -> y.transpose(1, 0, 2).mul(normal(5, 6, 5, OUTPUTS)).sum(),
                        y -> y.transpose(2, 1, 0).mul(normal(5, OUTPUTS, 6, 5)).sum(),
                        y -> y.get(":, 1:4, 2:9").square().sum());
        for (Function<NDArray, NDArray> loss : losses) {
            for (boolean keptGradient : new boolean[] {true, false}) {
                PackedWeight packed =
                        CpuKernel.INSTANCE.pack(weight.product(keptGradient), null, manager);
                compare(packed, weight, keptGradient, loss, normal(2, 5, 6, INPUTS), null);
            }
        }
    }

    @Test
    void theGradientOfPrunedEntriesIsZeroUnderTheMaskedRuleAlone() {
        Weight weight = weight(PATTERN, 1);
        boolean[] keep = weight.mask().toBooleanArray();
        for (CpuProducts products : choices()) {
            for (boolean keptGradient : new boolean[] {true, false}) {
                PackedWeight packed =
                        CpuKernel.INSTANCE.pack(
                                weight.product(keptGradient), null, manager, products);
                float[] gradient =
                        LayerGradients.of(
                                layer(packed, weight),
                                layer ->
                                        layer.linear(normal(2, 9, INPUTS), weight.dense(), null)
                                                .sum(),
                                weight.dense())[0];
                for (int i = 0; i < keep.length; i++) {
                    assertThat(gradient[i] == 0)
                            .as("entry %d, %s, masked rule %s", i, products, keptGradient)
                            .isEqualTo(keptGradient && !keep[i]);
                }
            }
        }
    }

    /** A step packs again while graphs of the previous one may still be in use. */
    @Test
    void aGraphKeepsTheValuesThatItWasMadeWith() {
        Weight weight = weight(PATTERN, 1);
        NDArray x = normal(2, 9, INPUTS);
        x.setRequiresGradient(true);
        NDArray before = weight.masked();
        PackedWeight first = CpuKernel.INSTANCE.pack(weight.product(true), null, manager);
        LayerProduct product =
                new Weight(weight.dense().mul(3), weight.mask(), weight.tensor()).product(true);
        LayerGradients.record(
                collector -> {
                    NDArray y = LinearFunction.linear(first, x, weight.dense(), null, hooks);
                    PackedWeight second = CpuKernel.INSTANCE.pack(product, first, manager);
                    first.close();
                    PackedWeight third = CpuKernel.INSTANCE.pack(product, second, manager);
                    second.close();
                    LayerGradients.assertClose(
                            third.multiply(x, null).toFloatArray(),
                            y.stopGradient().mul(3).toFloatArray());
                    collector.backward(y.sum());
                });
        hooks.check();
        LayerGradients.assertClose(
                x.getGradient().toFloatArray(),
                manager.ones(new Shape(9, OUTPUTS)).matMul(before).toFloatArray());
    }

    @Test
    void stepsLeaveNothingBehind() {
        Weight weight = weight(PATTERN, 1);
        weight.dense().setRequiresGradient(true);
        NDManager shared = NativeHooks.get().getManager();
        PackedWeight last = CpuKernel.INSTANCE.pack(weight.product(true), null, manager);
        int here = ResourceCount.of(manager);
        int there = ResourceCount.of(shared);
        for (int step = 0; step < 100; step++) {
            PackedWeight packed;
            try (NDManager batch = manager.newSubManager()) {
                packed = CpuKernel.INSTANCE.pack(weight.product(true), last, manager);
                last.close();
                boolean backward = step % 3 > 0; // some graphs are dropped
                LayerGradients.record(
                        collector -> {
                            NDArray x = normal(2, 9, INPUTS);
                            x.attach(batch);
                            x.setRequiresGradient(true);
                            NDArray y =
                                    LinearFunction.linear(packed, x, weight.dense(), null, hooks);
                            if (backward) {
                                collector.backward(y.square().sum());
                            }
                        });
            }
            last = packed;
            assertThat(ResourceCount.of(manager)).as("step %d", step).isEqualTo(here);
            assertThat(ResourceCount.of(shared)).as("step %d", step).isEqualTo(there);
            assertThat(hooks.getCount()).isZero();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "8, 16, 'mask 8:16: must keep at most 4 of each 8'",
        "3, 4, 'mask 3:4: must keep at most 4 of each 8'",
        "5, 8, 'mask 5:8: must keep at most 4 of each 8'",
        "2, 4,",
        "4, 8,",
        "1, 4,",
        "1, 2,"
    })
    void saysWhichMasksItTakes(int n, int m, @Nullable String expected) {
        NmPattern pattern = NmPattern.of(n, m);
        NDArray dense = normal(1, 32, 48);
        Mask mask = MaskSolver.auto().solve(dense.toFloatArray(), WeightShape.of(32, 48), pattern);

        assertThat(reason(dense, mask)).isEqualTo(expected);
    }

    @Test
    void aMaskMustBeValidBothWays() {
        NDArray dense = normal(1, 32, 48);
        Mask mask =
                MaskSolver.rowWise().solve(dense.toFloatArray(), WeightShape.of(32, 48), PATTERN);

        assertThat(reason(dense, mask)).isEqualTo("mask 2:4: must be valid both ways");
    }

    private static @Nullable String reason(NDArray dense, Mask mask) {
        return ProductKernels.of(LinearKernel.cpuSparse())
                .rejection(new LayerProduct(ProductForm.linear(), dense, () -> dense, mask, true));
    }

    @ParameterizedTest
    @CsvSource({
        "FLOAT16, 64, 64, 'weight of type float16: must be float32'",
        "FLOAT64, 64, 64, 'weight of type float64: must be float32'",
        "FLOAT32, 7, 64, '7 x 64: must be at least 8 x 8'",
        "FLOAT32, 64, 7, '64 x 7: must be at least 8 x 8'",
        "FLOAT32, 8, 8,"
    })
    void saysWhichLayersItTakes(
            DataType type, long outputs, long inputs, @Nullable String expected) {
        LinearKernel kernel = LinearKernel.cpuSparse();

        assertThat(kernel.rejection(Device.cpu(), type, outputs, inputs)).isEqualTo(expected);
        assertThat(kernel.rejection(Device.gpu(), type, outputs, inputs))
                .isEqualTo("device gpu(0): must be a CPU");
    }

    @Test
    void weightsThatItCannotPackAreNamed() {
        LinearKernel kernel = LinearKernel.cpuSparse();
        NDArray overfull = weight(PATTERN, 1).masked();
        overfull.set(new NDIndex("8:16, 5"), 1);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> ProductKernels.of(kernel).pack(overfull, manager))
                .withMessage("column 5 keeps 8 of rows 8 to 15: must be at most 4");
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> ProductKernels.of(kernel).pack(manager.ones(new Shape(8)), manager))
                .withMessage("weight (8): must be [out, in]");
        NDArray doubles = manager.ones(new Shape(8, 8), DataType.FLOAT64);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ProductKernels.of(kernel).pack(doubles, manager))
                .withMessage("weight of type float64: must be float32");
    }

    /** An input of another type or shape would make the kernel read wrong memory. */
    @Test
    void inputsThatDoNotFitAreRefused() {
        PackedWeight packed =
                CpuKernel.INSTANCE.pack(weight(PATTERN, 1).product(true), null, manager);
        for (NDArray x :
                List.of(
                        manager.ones(new Shape(3, INPUTS + 1)),
                        manager.ones(new Shape(3, INPUTS - 1)),
                        manager.ones(new Shape(INPUTS, 3)),
                        manager.ones(new Shape()))) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> packed.multiply(x, null))
                    .withMessage(
                            "input "
                                    + x.getShape()
                                    + ": must have 28 channels for weight (44, 28)");
        }
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () ->
                                packed.inputGradient(
                                        manager.ones(new Shape(3, INPUTS)), new Shape(3, INPUTS)))
                .withMessage("input (3, 28): must have 44 channels for weight (44, 28)");
        for (DataType type : List.of(DataType.FLOAT64, DataType.FLOAT16, DataType.INT32)) {
            NDArray x = manager.ones(new Shape(3, INPUTS), type);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> packed.multiply(x, null))
                    .withMessage("input of type " + type + ": must be float32, as the weight");
        }
        NDArray bias = manager.ones(new Shape(OUTPUTS - 1));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> packed.multiply(manager.ones(new Shape(3, INPUTS)), bias))
                .withMessage("bias (43): must have 44 entries");
    }

    private void compare(
            PackedWeight packed,
            Weight weight,
            boolean keptGradient,
            Function<NDArray, NDArray> loss,
            NDArray x,
            @Nullable NDArray bias) {
        compare(packed, weight, keptGradient, loss, x, bias, Function.identity());
    }

    /** Compares with autograd's gradients of the masked weight, which the rule may mask. */
    private void compare(
            PackedWeight packed,
            Weight weight,
            boolean keptGradient,
            Function<NDArray, NDArray> loss,
            NDArray x,
            @Nullable NDArray bias,
            Function<NDArray, NDArray> view) {
        NDArray masked = weight.masked();
        float[][] expected =
                LayerGradients.of(
                        LayerGradients.plain(),
                        layer -> loss.apply(layer.linear(view.apply(x), masked, bias)),
                        leaves(x, masked, bias));
        float[][] actual =
                LayerGradients.of(
                        layer(packed, weight),
                        layer -> loss.apply(layer.linear(view.apply(x), weight.dense(), bias)),
                        leaves(x, weight.dense(), bias));
        hooks.check();
        if (keptGradient) {
            float[] mask = weight.tensor().toFloatArray();
            for (int i = 0; i < mask.length; i++) {
                expected[1][i] *= mask[i];
            }
        }
        for (int i = 0; i < expected.length; i++) {
            LayerGradients.assertClose(actual[i], expected[i]);
        }
        // Without a graph it is the same.
        float[] y = packed.multiply(view.apply(x), bias).toFloatArray();
        LayerGradients.assertClose(
                y, LayerGradients.plain().linear(view.apply(x), masked, bias).toFloatArray());
    }

    private static NDArray[] leaves(NDArray x, NDArray weight, @Nullable NDArray bias) {
        return bias == null ? new NDArray[] {x, weight} : new NDArray[] {x, weight, bias};
    }

    /**
     * Returns the layer with the weight as the packed form requires it, dense or masked in the
     * graph.
     */
    private Layer layer(PackedWeight packed, Weight weight) {
        return (x, dense, bias) ->
                LinearFunction.linear(
                        packed, x, packed.takesDense() ? dense : weight.masked(), bias, hooks);
    }

    private Weight weight(NmPattern pattern, int seed) {
        NDArray dense = normal(seed, OUTPUTS, INPUTS);
        Mask mask =
                MaskSolver.auto()
                        .solve(dense.toFloatArray(), WeightShape.of(OUTPUTS, INPUTS), pattern);
        return new Weight(dense, mask, array(mask.toFloatArray(), OUTPUTS, INPUTS));
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
