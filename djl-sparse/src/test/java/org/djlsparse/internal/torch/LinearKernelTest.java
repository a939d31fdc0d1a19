package org.djlsparse.internal.torch;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;

import org.djlsparse.ResourceCount;
import org.djlsparse.kernel.LinearKernel;
import org.djlsparse.mask.Mask;
import org.djlsparse.mask.MaskSolver;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.mask.WeightShape;
import org.djlsparse.mask.Weights;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class LinearKernelTest {

    private static final Device CPU = Device.cpu();

    private final NDManager manager = NDManager.newBaseManager("PyTorch");

    @AfterEach
    void close() {
        manager.close();
    }

    @Test
    void allKernelsHaveNames() {
        assertThat(LinearKernel.all())
                .extracting(LinearKernel::getName)
                .containsExactly(
                        "dense-fp32",
                        "dense-bf16",
                        "dense-fp16",
                        "packed",
                        "cusparselt-bf16",
                        "cusparselt-fp16",
                        "cutlass-bf16",
                        "cutlass-fp16",
                        "cpu-sparse");
        assertThat(LinearKernel.all().stream().filter(kernel -> !kernel.needsPattern()))
                .allSatisfy(kernel -> assertThat(kernel.getName()).startsWith("dense-"));
    }

    static List<LinearKernel> kernelsOfTheCpu() {
        return LinearKernel.all().stream()
                .filter(kernel -> kernel.rejection(CPU, DataType.FLOAT32, 64, 64) == null)
                .toList();
    }

    @Test
    void denseAndPackedKernelsRunOnTheCpu() {
        assertThat(kernelsOfTheCpu())
                .extracting(LinearKernel::getName)
                .containsExactly("dense-fp32", "dense-bf16", "dense-fp16", "packed", "cpu-sparse");
    }

    @ParameterizedTest
    @MethodSource("kernelsOfTheCpu")
    void productsAreThoseOfTheMaskedWeight(LinearKernel kernel) {
        NDArray weight = masked(12, 8);
        NDArray x = normal(2, 2, 5, 8);
        NDArray dy = normal(3, 2, 5, 12);
        NDArray bias = normal(4, 12);
        // bfloat16 has 8 bits of precision; float32 has 24, and another order of addition may cost
        // some.
        double tolerance = kernel.getName().endsWith("16") ? 0.02 : 1e-6;

        try (PackedWeight packed = ProductKernels.of(kernel).pack(weight, manager)) {
            NDArray y = packed.multiply(x, bias);
            NDArray expected = x.matMul(weight.transpose()).add(bias);
            assertThat(y.getDataType()).isEqualTo(DataType.FLOAT32);
            assertThat(y.allClose(expected, tolerance, tolerance, false)).isTrue();
            NDArray dx = packed.inputGradient(dy, x.getShape());
            NDArray exact = dy.matMul(weight);
            assertThat(dx.getShape()).isEqualTo(x.getShape());
            assertThat(dx.sub(exact).abs().max().getFloat()).isLessThan((float) tolerance * 4);
        }
    }

    @Test
    void laterChangesOfTheWeightAreNotSeen() {
        NDArray weight = masked(4, 4);
        NDArray x = normal(1, 3, 4);
        for (LinearKernel kernel : kernelsOfTheCpu()) {
            try (PackedWeight packed = ProductKernels.of(kernel).pack(weight, manager)) {
                float[] before = packed.multiply(x, null).toFloatArray();
                weight.addi(1);
                assertThat(packed.multiply(x, null).toFloatArray()).isEqualTo(before);
                weight.subi(1);
            }
        }
    }

    @Test
    void aPackedWeightTakesItsArraysAlong() {
        NDArray weight = masked(8, 8);
        int before = ResourceCount.of(manager);
        PackedWeight packed = ProductKernels.of(LinearKernel.packed()).pack(weight, manager);
        assertThat(ResourceCount.of(manager)).isGreaterThan(before);
        packed.close();
        packed.close();
        assertThat(ResourceCount.of(manager)).isEqualTo(before);
    }

    @Test
    void anOverfullGroupIsNamed() {
        float[] values = new float[8 * 8];
        for (int i = 0; i < 3; i++) {
            values[3 * 8 + 4 + i] = 1; // three inputs of output 3
        }
        NDArray alongRows = manager.create(values, new Shape(8, 8));
        NDArray alongColumns = alongRows.transpose();

        assertThatIllegalArgumentException()
                .isThrownBy(() -> ProductKernels.of(LinearKernel.packed()).pack(alongRows, manager))
                .withMessage(
                        "weight: inputs 4 to 7 of output 3 have 3 nonzero entries: must be at"
                                + " most 2");
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> ProductKernels.of(LinearKernel.packed()).pack(alongColumns, manager))
                .withMessage(
                        "weight: outputs 4 to 7 of input 3 have 3 nonzero entries: must be at"
                                + " most 2");
    }

    @Test
    void weightsOfOtherShapesAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () ->
                                ProductKernels.of(LinearKernel.packed())
                                        .pack(normal(1, 4, 6), manager))
                .withMessage("weight (4, 6): in_features 6: must be a multiple of 4");
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () ->
                                ProductKernels.of(LinearKernel.dense(DataType.FLOAT32))
                                        .pack(normal(1, 4), manager))
                .withMessage("weight (4): must be [out, in]");
    }

    @Test
    void reasonsAreInWords() {
        assertThat(
                        ProductKernels.of(LinearKernel.packed())
                                .rejection(CPU, DataType.FLOAT32, 30, 64))
                .isEqualTo("out_features 30: must be a multiple of 4");
        assertThat(
                        ProductKernels.of(LinearKernel.packed())
                                .rejection(CPU, DataType.FLOAT64, 32, 64))
                .isEqualTo("weight of type float64: must be float32 or float16");
        LinearKernel kernel = LinearKernel.cusparselt(DataType.BFLOAT16);
        assertThat(kernel.rejection(CPU, DataType.FLOAT32, 64, 64))
                .isIn(
                        "no CUDA device (needs an NVIDIA GPU and DJL's CUDA build of PyTorch)",
                        "device cpu(): must be a CUDA device");
        assertThat(KernelKind.CUSPARSELT.reasonAgainstSize(64, 30))
                .isEqualTo("in_features 30: must be a multiple of 64");
        assertThat(KernelKind.CUTLASS.reasonAgainstSize(96, 64))
                .isEqualTo("out_features 96: must be a multiple of 64");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LinearKernel.cutlass(DataType.FLOAT32))
                .withMessage("kernel cutlass in float32: must be one of [bfloat16, float16]");
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "CUSPARSELT, 75, compute capability 7.5: must be 8.0 or higher",
                "CUSPARSELT, 80, -",
                "CUSPARSELT, 90, -",
                "CUSPARSELT, 120, -",
                "CUTLASS, 75, compute capability 7.5: must be 8.x",
                "CUTLASS, 89, -",
                "CUTLASS, 90, compute capability 9.0: must be 8.x",
                "CUTLASS, 120, compute capability 12.0: must be 8.x",
                "DENSE, 60, -"
            })
    void capabilitiesDecide(KernelKind kind, String version, String reason) {
        assertThat(kind.reasonAgainstCapability(version)).isEqualTo(reason);
    }

    private NDArray masked(int rows, int columns) {
        float[] values = Weights.gaussian(rows * columns, 1);
        Mask mask =
                MaskSolver.auto().solve(values, WeightShape.of(rows, columns), NmPattern.of(2, 4));
        float[] kept = mask.toFloatArray();
        for (int i = 0; i < values.length; i++) {
            values[i] = kept[i] == 0 ? 0 : values[i];
        }
        return manager.create(values, new Shape(rows, columns)).duplicate();
    }

    private NDArray normal(int seed, long... shape) {
        Shape of = new Shape(shape);
        return manager.create(Weights.gaussian((int) of.size(), seed), of);
    }
}
