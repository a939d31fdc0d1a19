package org.djlsparse.it;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.core.Linear;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;

import org.djlsparse.Sparsifier;
import org.djlsparse.internal.torch.PackedWeight;
import org.djlsparse.internal.torch.ProductKernels;
import org.djlsparse.kernel.KernelChooser;
import org.djlsparse.kernel.LinearKernel;
import org.djlsparse.mask.MaskSolver;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.mask.WeightShape;
import org.djlsparse.training.GradientRule;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * Tests of kernels on a GPU against double precision and against masked weights; skipped without a
 * GPU.
 */
@Tag("gpu")
class GpuKernelTest {

    private static final int OUTPUTS = 256;
    private static final int INPUTS = 128;
    private static final int ROWS = 37;

    private Device device;
    private NDManager manager;

    @BeforeEach
    void open() {
        device = GpuDevice.require();
        manager = NDManager.newBaseManager(device);
        Engine.getInstance().setRandomSeed(1);
    }

    @AfterEach
    void close() {
        if (manager != null) {
            manager.close();
        }
    }

    static List<LinearKernel> kernels() {
        return LinearKernel.all();
    }

    @ParameterizedTest
    @MethodSource("kernels")
    void productsAreThoseOfDoublePrecision(LinearKernel kernel) {
        String reason = kernel.rejection(device, DataType.FLOAT32, OUTPUTS, INPUTS);
        assumeTrue(reason == null, reason);
        NDArray weight = masked();
        NDArray x = manager.randomNormal(new Shape(ROWS, INPUTS));
        NDArray dy = manager.randomNormal(new Shape(ROWS, OUTPUTS));

        try (PackedWeight packed = ProductKernels.of(kernel).pack(weight, manager)) {
            assertClose(packed.multiply(x, null), wide(x).matMul(wide(weight).transpose()));
            assertClose(packed.inputGradient(dy, x.getShape()), wide(dy).matMul(wide(weight)));
        }
    }

    @Test
    void theFastestKernelLearnsAsMaskedWeightsDo() {
        NDArray x = manager.randomNormal(new Shape(ROWS, INPUTS));
        Block block = Linear.builder().setUnits(OUTPUTS).build();
        block.initialize(manager, DataType.FLOAT32, x.getShape());
        NDList expected = gradients(builder().build(), block, x);
        Sparsifier tuned =
                builder().optKernelChooser(KernelChooser.fastest(DataType.BFLOAT16)).build();
        NDList actual = gradients(tuned, block, x);

        for (int i = 0; i < expected.size(); i++) {
            assertClose(actual.get(i), wide(expected.get(i)));
        }
        System.out.println(tuned.report());
    }

    private static Sparsifier.Builder builder() {
        return Sparsifier.builder()
                .setPattern(NmPattern.of(2, 4))
                .optRule(GradientRule.straightThrough());
    }

    /** Returns the output and the gradients of input and weight. */
    private NDList gradients(Sparsifier sparsifier, Block block, NDArray input) {
        NDArray x = input.duplicate();
        x.setRequiresGradient(true);
        NDArray weight = block.getParameters().get("weight").getArray();
        weight.setRequiresGradient(false);
        weight.setRequiresGradient(true);
        Block wrapped = sparsifier.wrap(block);
        NDArray y;
        try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            ParameterStore store = new ParameterStore(manager, false);
            y = wrapped.forward(store, new NDList(x), true).singletonOrThrow();
            collector.backward(y.square().mean());
        }
        NDList found = new NDList(y, x.getGradient(), weight.getGradient().duplicate());
        NDArray gradient = weight.getGradient();
        gradient.subi(gradient);
        return found;
    }

    private NDArray masked() {
        float[] values = manager.randomNormal(new Shape(OUTPUTS, INPUTS)).toFloatArray();
        float[] mask =
                MaskSolver.auto()
                        .solve(values, WeightShape.of(OUTPUTS, INPUTS), NmPattern.of(2, 4))
                        .toFloatArray();
        for (int i = 0; i < values.length; i++) {
            values[i] *= mask[i];
        }
        return manager.create(values, new Shape(OUTPUTS, INPUTS));
    }

    private static NDArray wide(NDArray array) {
        return array.toType(DataType.FLOAT64, true);
    }

    /** Compares with the precision of bfloat16. */
    private static void assertClose(NDArray actual, NDArray expected) {
        double error = wide(actual).sub(expected).abs().max().getDouble();
        assertThat(error / expected.abs().max().getDouble()).isLessThan(2e-2);
    }
}
