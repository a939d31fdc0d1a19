package org.djlsparse.internal.torch;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;

import org.djlsparse.kernel.KernelTrial;
import org.djlsparse.kernel.LinearKernel;
import org.djlsparse.mask.Mask;
import org.djlsparse.mask.MaskSolver;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.mask.WeightShape;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** Tests of convolutions with kept entries alone against PyTorch's own in double precision. */
class ConvolutionKernelTest {

    private static final CpuProducts[] MIXED = {
        CpuProducts.ALL,
        new CpuProducts(true, false, false),
        new CpuProducts(false, true, false),
        new CpuProducts(false, false, true)
    };

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

    @ParameterizedTest
    @CsvSource({"4, true", "4, false", "8, true", "8, false"})
    void outputsAndGradientsAreThoseOfAutograd(int m, boolean kept) {
        Random random = new Random(m + (kept ? 1 : 0));
        Engine.getInstance().setRandomSeed(random.nextInt(1000));
        int done = 0;
        while (done < 25) {
            Shape kernel = pair(random, 1, 5);
            Shape stride = pair(random, 1, 3);
            Shape padding = pair(random, 0, 3);
            Shape dilation = pair(random, 1, 2);
            ProductForm form = ProductForm.convolution(kernel, stride, padding, dilation);
            Shape input =
                    new Shape(
                            1 + random.nextInt(3),
                            8 + random.nextInt(33),
                            1 + random.nextInt(12),
                            1 + random.nextInt(12));
            if (fits(form, input)) {
                int outputs = 8 + random.nextInt(33);
                CpuProducts products = MIXED[done % MIXED.length];
                try (NDManager scope = manager.newSubManager()) {
                    NDArray x = input(scope, input, done % 3 == 0);
                    NmPattern pattern = NmPattern.of(m / 2, m);
                    check(form, x, outputs, kernel, pattern, kept, products);
                }
                done++;
            }
        }
        hooks.check();
    }

    private static boolean fits(ProductForm form, Shape input) {
        try {
            return form.outputShape(input, 8).size() > 0;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static Shape pair(Random random, int from, int to) {
        return new Shape(
                from + random.nextInt(to - from + 1), from + random.nextInt(to - from + 1));
    }

    private static NDArray input(NDManager scope, Shape shape, boolean contiguous) {
        if (contiguous) {
            return scope.randomNormal(shape);
        }
        Shape other = new Shape(shape.get(3), shape.get(0), shape.get(2), shape.get(1));
        return scope.randomNormal(other).transpose(1, 3, 2, 0);
    }

    /**
     * Compares results that are not PyTorch's own with double precision. On some CPUs and for some
     * kernels, the float32 convolution of PyTorch 2.7.1 is wrong or NaN, depending on the content
     * of memory.
     */
    private void check(
            ProductForm form,
            NDArray x,
            int outputs,
            Shape kernel,
            NmPattern pattern,
            boolean kept,
            CpuProducts products) {
        NDManager scope = x.getManager();
        Shape shape = new Shape(outputs, x.getShape().get(1)).addAll(kernel);
        NDArray weight = scope.randomNormal(shape);
        NDArray bias = scope.randomNormal(new Shape(outputs));
        Mask mask = mask(weight, pattern);
        NDArray keep = scope.create(mask.toFloatArray(), shape);
        NDArray masked = weight.mul(keep);
        NDArray dy = scope.randomNormal(form.outputShape(x.getShape(), outputs));
        List<NDArray> expected = run(form, wide(x), wide(masked), wide(bias), wide(dy), null);
        LayerProduct product = new LayerProduct(form, weight, () -> masked, mask, kept);
        try (PackedWeight packed = CpuKernel.INSTANCE.pack(product, null, scope, products)) {
            List<NDArray> actual = run(form, x, weight, bias, dy, packed);
            String name = form + ", input " + x.getShape() + ", " + products;
            if (products.forward()) {
                assertClose(name + ", output", actual.get(0), expected.get(0));
                NDArray predicted = packed.multiply(x, bias);
                assertClose(name + ", prediction", predicted, expected.get(0));
            }
            if (products.inputGradient()) {
                assertClose(name + ", input", actual.get(1), expected.get(1));
            }
            if (products.weightGradient() && kept) {
                NDArray dw = expected.get(2).mul(wide(keep));
                assertClose(name + ", weight", actual.get(2), dw);
            }
            assertClose(name + ", bias", actual.get(3), expected.get(3));
        }
    }

    /** Returns the output and the gradients of input, weight and bias. */
    private List<NDArray> run(
            ProductForm form,
            NDArray x,
            NDArray weight,
            NDArray bias,
            NDArray dy,
            @Nullable PackedWeight packed) {
        List<NDArray> leaves = List.of(x, weight, bias);
        leaves.forEach(leaf -> leaf.setRequiresGradient(true));
        List<NDArray> results = new ArrayList<>();
        try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            NDArray y =
                    packed == null
                            ? form.plain(x, weight, bias)
                            : LinearFunction.layer(packed, form, x, weight, bias, hooks, null);
            collector.backward(y.mul(dy).sum());
            results.add(y.stopGradient());
        }
        leaves.forEach(
                leaf -> results.add(leaf.getGradient().duplicate())); // the next pass clears it
        leaves.forEach(leaf -> leaf.setRequiresGradient(false));
        return results;
    }

    private static NDArray wide(NDArray array) {
        return array.toType(DataType.FLOAT64, true);
    }

    private static Mask mask(NDArray weight, NmPattern pattern) {
        return MaskSolver.auto()
                .solve(
                        weight.toFloatArray(),
                        WeightShape.of(weight.getShape().getShape()),
                        pattern);
    }

    private static void assertClose(String name, NDArray actual, NDArray expected) {
        assertThat(actual.getShape()).as(name).isEqualTo(expected.getShape());
        double largest = Math.max(1, expected.abs().max().getDouble());
        double error = wide(actual).sub(expected).abs().max().getDouble();
        assertThat(error / largest).as(name).isLessThan(1e-5);
    }

    @Test
    void inputsThatDoNotFitAreRefused() {
        Shape three = new Shape(3, 3);
        Shape one = new Shape(1, 1);
        ProductForm form = ProductForm.convolution(three, one, new Shape(0, 0), one);
        NDArray weight = manager.randomNormal(new Shape(8, 16, 3, 3));
        Mask mask = mask(weight, NmPattern.of(2, 4));
        LayerProduct product = new LayerProduct(form, weight, () -> weight, mask, true);
        try (PackedWeight packed = CpuKernel.INSTANCE.pack(product, null, manager)) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> packed.multiply(manager.ones(new Shape(1, 8, 5, 5)), null))
                    .withMessage(
                            "input (1, 8, 5, 5): must have 16 channels for weight (8, 16, 3, 3)");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> packed.multiply(manager.ones(new Shape(1, 16, 5, 2)), null))
                    .withMessage(
                            "input (1, 16, 5, 2): must be [batch, in, height, width], with"
                                    + " padding (0, 0) as large as a kernel (3, 3) of dilation"
                                    + " (1, 1)");
        }
    }

    @Test
    void onlyKernelsThatKnowImagesServeThem() {
        Shape one = new Shape(1, 1);
        NDArray weight = manager.ones(new Shape(16, 16, 3, 3));
        LayerProduct three =
                LayerProduct.of(ProductForm.convolution(new Shape(3, 3), one, one, one), weight);
        LayerProduct padded =
                LayerProduct.of(
                        ProductForm.convolution(one, one, one, one),
                        manager.ones(new Shape(16, 16, 1, 1)));

        assertThat(ProductKernels.of(LinearKernel.packed()).rejection(three))
                .isEqualTo("kernel (3, 3): must be (1, 1)");
        assertThat(ProductKernels.of(LinearKernel.packed()).rejection(padded))
                .isEqualTo("padding (1, 1): must be (0, 0)");
        assertThat(CpuKernel.INSTANCE.rejection(three)).isNull();
        assertThat(CpuKernel.INSTANCE.rejection(padded)).isNull();
        assertThat(KernelTuner.of(DataType.BFLOAT16).rejection(three.form()))
                .isEqualTo("kernel (3, 3): must be (1, 1)");
        assertThat(KernelTuner.ofLayers().rejection(three.form())).isNull();
    }

    @Test
    void theTunerTriesEachSizeOfImagesOnce() {
        Shape one = new Shape(1, 1);
        ProductForm form = ProductForm.convolution(new Shape(3, 3), one, one, one);
        NDArray weight = manager.randomNormal(new Shape(16, 16, 3, 3));
        Mask mask = mask(weight, NmPattern.of(2, 4));
        NDArray masked = weight.mul(manager.create(mask.toFloatArray(), weight.getShape()));
        LayerProduct product = new LayerProduct(form, weight, () -> masked, mask, true);
        KernelTuner tuner = KernelTuner.ofLayers();

        KernelChoice first = tuner.choose(product, new Shape(2, 16, 7, 7), true);

        assertThat(tuner.choose(product, new Shape(2, 16, 8, 6), true)).isSameAs(first);
        assertThat(tuner.getTrials()).hasSize(1);
        tuner.choose(product, new Shape(8, 16, 4, 3), true);
        assertThat(tuner.getTrials()).hasSize(2);
        assertThat(tuner.getTrials())
                .allSatisfy(
                        trials ->
                                assertThat(trials.kernels())
                                        .extracting(KernelTrial::reason)
                                        .containsOnlyNulls());
    }
}
