package org.djlsparse.internal.cpu;

import org.djlsparse.internal.cpu.MaskedProduct.Results;
import org.djlsparse.internal.cpu.MaskedProduct.Sum;
import org.djlsparse.mask.Mask;
import org.djlsparse.mask.MaskSolver;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.mask.WeightShape;
import org.djlsparse.mask.Weights;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** Tests of the three products of a masked weight against sums in double precision. */
class SparseProductsTest {

    private static final int LARGEST = 70;

    /** Sizes with several chunks, windows and ranges of blocks. */
    private static final int[] LARGE = {6000, 2100, 700};

    private static final float[] SPECIAL = {
        0f, -0f, Float.MIN_VALUE, -3e-42f, Float.MIN_NORMAL, 1e30f, -1e-30f
    };

    private static final float[] NOT_FINITE = {
        Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY
    };

    private PanelOps ops;

    @BeforeEach
    void load() {
        assumeTrue(VectorLoops.getReason() == null, VectorLoops.getReason());
        ops = VectorLoops.get();
    }

    @ParameterizedTest
    @CsvSource({"2, 4", "4, 8", "1, 4", "1, 2", "2, 8", "1, 8"})
    void productsOfAllSizesAreThoseOfKeptEntries(int n, int m) {
        NmPattern pattern = NmPattern.of(n, m);
        Random random = new Random(10L * n + m);
        List<Integer> inputs = shuffled(random);
        List<Integer> rows = shuffled(random);
        for (int outputs = 1; outputs <= LARGEST; outputs++) {
            Mask mask = mask(pattern, outputs, inputs.get(outputs - 1), random);
            checkAll(product(mask, rows.get(outputs - 1), random), bias(outputs, random));
        }
    }

    /** Some rows and columns are empty, and some masks keep one entry in each column. */
    @ParameterizedTest
    @ValueSource(doubles = {0, 0.1, 0.5, 0.9})
    void masksMayKeepFewer(double share) {
        Random random = new Random(7);
        for (int i = 0; i < 40; i++) {
            int outputs = 1 + random.nextInt(LARGEST);
            int inputs = 1 + random.nextInt(LARGEST);
            NmPattern pattern = NmPattern.of(i % 2 == 0 ? 2 : 4, i % 2 == 0 ? 4 : 8);
            boolean[] keep = mask(pattern, outputs, inputs, random).toBooleanArray();
            for (int j = 0; j < keep.length; j++) {
                keep[j] &= random.nextDouble() < share && j % inputs != 3 && j / inputs != 2;
            }
            Mask mask = Mask.of(WeightShape.of(outputs, inputs), pattern, keep);
            checkAll(product(mask, 1 + random.nextInt(LARGEST), random), bias(outputs, random));
        }
    }

    @Test
    void weightsMayBeZeroDenormalOrLarge() {
        Random random = new Random(3);
        for (int i = 0; i < 60; i++) {
            Mask mask = mask(NmPattern.of(2, 4), 1 + i, 61 - i, random);
            MaskedProduct product = product(mask, 1 + random.nextInt(LARGEST), random);
            for (int j = 0; j < product.weight().length; j++) {
                if (random.nextInt(3) > 0) {
                    product.weight()[j] = SPECIAL[random.nextInt(SPECIAL.length)];
                }
            }
            checkAll(product, null);
        }
    }

    /**
     * Values that no kept entry reads have no effect, and neither other rows nor later products are
     * affected.
     */
    @ParameterizedTest
    @CsvSource({"2, 4", "4, 8", "1, 4", "1, 8"})
    void whatIsNotFiniteGoesWhereKeptEntriesTakeIt(int n, int m) {
        Random random = new Random(10L * n + m);
        for (int i = 0; i < 60; i++) {
            int outputs = 1 + random.nextInt(LARGEST);
            int inputs = 1 + random.nextInt(LARGEST);
            boolean[] keep = mask(NmPattern.of(n, m), outputs, inputs, random).toBooleanArray();
            for (int j = 0; j < keep.length; j++) {
                keep[j] &= i % 3 == 0 || random.nextInt(2) == 0;
            }
            Mask mask = Mask.of(WeightShape.of(outputs, inputs), NmPattern.of(n, m), keep);
            MaskedProduct product = product(mask, 1 + random.nextInt(LARGEST), random);
            float[][] arrays = {product.x(), product.dy(), product.weight()};
            for (float[] array : arrays) {
                for (int j = random.nextInt(50); j < array.length; j += 1 + random.nextInt(100)) {
                    array[j] = NOT_FINITE[random.nextInt(NOT_FINITE.length)];
                }
            }
            checkAll(product, null);
            checkAll(product(mask, product.rows(), random), null);
        }
    }

    @Test
    void transposedMatricesGiveTheSameBits() {
        Random random = new Random(4);
        for (int i = 0; i < 60; i++) {
            Mask mask = mask(NmPattern.of(4, 8), 1 + i, 61 - i, random);
            MaskedProduct product = product(mask, 1 + random.nextInt(LARGEST), random);
            float[] bias = bias(product.outputs(), random);
            assertSame(
                    product.runTransposed(ops, bias, Workers.NONE),
                    product.run(ops, bias, Workers.NONE));
        }
    }

    @Test
    void anyNumberOfWorkersGivesTheSameBits() {
        Random random = new Random(5);
        for (int i = 0; i < 30; i++) {
            Mask mask =
                    mask(
                            NmPattern.of(2, 4),
                            1 + random.nextInt(400),
                            1 + random.nextInt(400),
                            random);
            MaskedProduct product = product(mask, 1 + random.nextInt(400), random);
            float[] bias = bias(product.outputs(), random);
            Results expected = product.run(ops, bias, Workers.NONE);
            for (int count : new int[] {1, 2, 3, 7}) {
                assertSame(product.run(ops, bias, new JavaThreads(count)), expected);
            }
        }
    }

    @Test
    void largeMatricesAreWorkedOnInParts() {
        Random random = new Random(6);
        Mask mask = mask(NmPattern.of(2, 4), LARGE[0], LARGE[1], random);
        MaskedProduct product = product(mask, LARGE[2], random);
        float[] bias = bias(product.outputs(), random);
        Results results = product.run(ops, bias, Workers.NONE);
        for (int i = 0; i < 3000; i++) {
            int row = random.nextInt(product.rows());
            int output = random.nextInt(product.outputs());
            int input = random.nextInt(product.inputs());
            check(
                    results.y()[row * product.outputs() + output],
                    product.forward(row, output, bias),
                    product);
            check(
                    results.dx()[row * product.inputs() + input],
                    product.inputGradient(row, input),
                    product);
            check(
                    results.dw()[output * product.inputs() + input],
                    product.weightGradient(output, input),
                    product);
        }
        assertSame(product.run(ops, bias, new JavaThreads(3)), results);
        assertSame(product.runTransposed(ops, bias, new JavaThreads(2)), results);
    }

    @Test
    void valuesArePackedIntoASpareMatrix() {
        Random random = new Random(8);
        for (int i = 0; i < 30; i++) {
            Mask mask = mask(NmPattern.of(2, 4), 20 + i, 50 - i, random);
            MaskedProduct first = product(mask, 17, random);
            MaskedProduct second = product(mask, 17, random);
            SparseProducts products = new SparseProducts(ops, mask);
            PackedMatrix forward =
                    products.packForward(FloatBuffer.wrap(first.weight()), null, Workers.NONE);
            PackedMatrix gradient =
                    products.packInputGradient(
                            FloatBuffer.wrap(first.weight()), null, Workers.NONE);
            FloatBuffer values = FloatBuffer.wrap(second.weight());
            Results expected = second.run(ops, null, Workers.NONE);
            PackedMatrix again = products.packForward(values, forward, new JavaThreads(2));
            PackedMatrix gradientAgain =
                    products.packInputGradient(values, gradient, new JavaThreads(2));

            assertSame(second.run(products, again, gradientAgain, null, Workers.NONE), expected);
            // It uses the memory of the spare one.
            assertSame(second.run(products, forward, gradient, null, Workers.NONE), expected);
        }
    }

    @Test
    void noRowsGiveNothing() {
        Random random = new Random(9);
        MaskedProduct product = product(mask(NmPattern.of(2, 4), 16, 24, random), 0, random);
        for (int count : new int[] {1, 3}) {
            Results results = product.run(ops, null, new JavaThreads(count));
            assertThat(results.y()).isEmpty();
            assertThat(results.dx()).isEmpty();
            assertThat(results.dw()).containsOnly(0);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void anErrorOfASourceOrTargetEndsTheProduct(int count) {
        Random random = new Random(11);
        MaskedProduct product = product(mask(NmPattern.of(2, 4), 64, 64, random), 600, random);
        Workers workers = new JavaThreads(count);
        SparseProducts products = new SparseProducts(ops, product.mask());
        PackedMatrix matrix =
                products.packForward(FloatBuffer.wrap(product.weight()), null, workers);
        RowPanels x = product.rows(product.x(), 64);
        RowPanels y = product.rows(new float[600 * 64], 64);
        IllegalStateException exception = new IllegalStateException("here");
        AssertionError error = new AssertionError("there");
        PanelSource failing =
                (position, positions, channel, channels, panel, base, stride) -> {
                    if (position > 200) {
                        throw exception;
                    }
                    x.load(position, positions, channel, channels, panel, base, stride);
                };
        PanelTarget broken =
                (position, positions, channel, channels, panel, stride) -> {
                    throw error;
                };

        assertThatThrownBy(() -> matrix.multiply(failing, 600, y, null, workers))
                .isSameAs(exception);
        assertThatThrownBy(() -> matrix.multiply(x, 600, broken, null, workers)).isSameAs(error);
        FloatBuffer dw = FloatBuffer.allocate(64 * 64);
        KeptGradient gradient = products.getWeightGradient(600);
        assertThatThrownBy(() -> gradient.multiply(x, failing, 600, dw, workers))
                .isSameAs(exception);
        checkAll(product, null);
    }

    @Test
    void aMaskThatKeepsTooMuchIsNamed() {
        boolean[] keep = new boolean[24 * 16];
        for (int output = 16; output < 21; output++) {
            keep[output * 16 + 5] = true;
        }
        Mask mask = Mask.of(WeightShape.of(24, 16), NmPattern.of(2, 4), keep);
        SparseProducts products = new SparseProducts(ops, mask);
        FloatBuffer weight = FloatBuffer.allocate(24 * 16);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> products.packForward(weight, null, Workers.NONE))
                .withMessage("column 5 keeps 5 of rows 16 to 23: must be at most 4");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> products.getWeightGradient(16))
                .withMessage("column 5 keeps 5 of rows 16 to 23: must be at most 4");
        assertThat(products.packInputGradient(weight, null, Workers.NONE)).isNotNull();
    }

    private void checkAll(MaskedProduct product, float @Nullable [] bias) {
        Results results = product.run(ops, bias, Workers.NONE);
        int at = 0;
        for (int row = 0; row < product.rows(); row++) {
            for (int output = 0; output < product.outputs(); output++) {
                check(results.y()[at++], product.forward(row, output, bias), product);
            }
        }
        at = 0;
        for (int row = 0; row < product.rows(); row++) {
            for (int input = 0; input < product.inputs(); input++) {
                check(results.dx()[at++], product.inputGradient(row, input), product);
            }
        }
        at = 0;
        for (int output = 0; output < product.outputs(); output++) {
            for (int input = 0; input < product.inputs(); input++) {
                check(results.dw()[at++], product.weightGradient(output, input), product);
            }
        }
    }

    private static void check(float actual, Sum expected, MaskedProduct product) {
        if (!expected.allows(actual)) { // describing each entry would take minutes
            assertThat(actual)
                    .as("%s, %d rows, %s", product.mask(), product.rows(), expected)
                    .isEqualTo((float) expected.value());
        }
    }

    private static void assertSame(Results actual, Results expected) {
        assertThat(actual.y()).isEqualTo(expected.y());
        assertThat(actual.dx()).isEqualTo(expected.dx());
        assertThat(actual.dw()).isEqualTo(expected.dw());
    }

    private static List<Integer> shuffled(Random random) {
        List<Integer> sizes = new ArrayList<>();
        for (int size = 1; size <= LARGEST; size++) {
            sizes.add(size);
        }
        Collections.shuffle(sizes, random);
        return sizes;
    }

    private static Mask mask(NmPattern pattern, int outputs, int inputs, Random random) {
        return MaskSolver.auto()
                .solve(
                        Weights.gaussian(outputs * inputs, random.nextLong()),
                        WeightShape.of(outputs, inputs),
                        pattern);
    }

    private static float[] bias(int outputs, Random random) {
        return Weights.gaussian(outputs, random.nextLong());
    }

    private static MaskedProduct product(Mask mask, int rows, Random random) {
        WeightShape shape = mask.getShape();
        return new MaskedProduct(
                mask,
                Weights.gaussian(shape.size(), random.nextLong()),
                rows,
                Weights.gaussian(rows * shape.columns(), random.nextLong()),
                Weights.gaussian(rows * shape.rows(), random.nextLong()));
    }
}
