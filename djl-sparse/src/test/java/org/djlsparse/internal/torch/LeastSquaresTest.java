package org.djlsparse.internal.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.convolutional.Conv2d;

import org.djlsparse.ResourceCount;
import org.djlsparse.internal.torch.LeastSquares.Patches;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Random;
import java.util.stream.LongStream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

class LeastSquaresTest {

    private static final long SCRATCH = 1 << 20;

    private final NDManager manager = NDManager.newBaseManager();

    @AfterEach
    void close() {
        manager.close();
    }

    @ParameterizedTest
    @CsvSource({
        // positions, inputs, outputs, damping, bias, scratch; the last values force many pieces
        "40, 8, 5, 0.01, true, 1048576",
        "40, 8, 5, 0.01, false, 1048576",
        "40, 8, 5, 1e-9, true, 1048576",
        "40, 7, 3, 3.0, true, 1048576",
        "6, 13, 4, 0.01, true, 1048576", // fewer samples than inputs
        "1, 6, 4, 0.01, true, 1048576",
        "40, 8, 5, 0.01, true, 1",
        "40, 9, 11, 0.1, false, 4000",
        "300, 140, 3, 0.1, true, 1048576", // more inputs than are summed at once
    })
    void findsTheWeightsThatPlainEliminationFinds(
            int positions, int inputs, int outputs, double damping, boolean bias, long scratch) {
        Random random = new Random(positions + inputs);
        double[][] rows = rows(random, positions, inputs);
        double[][] targets = random(random, positions, outputs);
        double[][] dense = withZero(random(random, outputs, inputs));
        boolean[][] kept = mask(random, outputs, inputs, bias);
        try (LeastSquares sums = new LeastSquares(manager, inputs, outputs, null, scratch)) {
            // In two calls, one of three dimensions.
            int half = positions / 2;
            if (half > 0) {
                sums.add(
                        floats(rows, 0, half, inputs),
                        floats(targets, 0, half, outputs),
                        null,
                        null);
            }
            NDArray x = floats(rows, half, positions, inputs).expandDims(0);
            NDArray y = floats(targets, half, positions, outputs).expandDims(0);
            sums.add(x, y, null, null);

            double[][] found = solve(sums, dense, kept, damping);

            double ridge = NormalEquations.ridge(rows, damping);
            for (int o = 0; o < outputs; o++) {
                double[] expected =
                        NormalEquations.fit(rows, column(targets, o), dense[o], kept[o], ridge);
                assertThat(found[o]).containsExactly(expected, within(1e-8));
            }
            assertThat(sums.getRelativeError(doubles(found)))
                    .isCloseTo(NormalEquations.error(rows, targets, found), within(1e-6));
        }
    }

    @Test
    void sumsOnTheHeapAddUpAndComeBackBitForBit() {
        Random random = new Random(5);
        double[][] rows = rows(random, 40, 6);
        double[][] targets = random(random, 40, 3);
        double[][] dense = withZero(random(random, 3, 6));
        boolean[][] kept = mask(random, 3, 6, true);
        try (LeastSquares all = new LeastSquares(manager, 6, 3, null, SCRATCH);
                LeastSquares first = new LeastSquares(manager, 6, 3, null, SCRATCH);
                LeastSquares second = new LeastSquares(manager, 6, 3, null, SCRATCH);
                LeastSquares copy = new LeastSquares(manager, 6, 3, null, SCRATCH);
                LeastSquares added = new LeastSquares(manager, 6, 3, null, SCRATCH);
                LeastSquares other = new LeastSquares(manager, 5, 3, null, SCRATCH)) {
            all.add(floats(rows, 0, 40, 6), floats(targets, 0, 40, 3), null, null);
            first.add(floats(rows, 0, 25, 6), floats(targets, 0, 25, 3), null, null);
            second.add(floats(rows, 25, 40, 6), floats(targets, 25, 40, 3), null, null);

            copy.add(all.getSums());
            NormalSums sums = first.getSums();
            sums.add(second.getSums());
            added.add(sums);

            double[][] expected = solve(all, dense, kept, 0.01);
            assertThat(solve(copy, dense, kept, 0.01)).isDeepEqualTo(expected);
            assertThat(copy.getRelativeError(doubles(expected)))
                    .isEqualTo(all.getRelativeError(doubles(expected)));
            double[][] found = solve(added, dense, kept, 0.01);
            for (int o = 0; o < 3; o++) {
                assertThat(found[o]).containsExactly(expected[o], within(1e-12));
            }
            assertThat(added.getRelativeError(doubles(expected)))
                    .isCloseTo(all.getRelativeError(doubles(expected)), within(1e-12));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> other.add(sums))
                    .withMessage("h of 49 numbers: must have 36");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> sums.add(other.getSums()))
                    .withMessage("sums: must be those of one layer");
        }
    }

    /** Larger sums are copied in bands. */
    @Test
    void sumsOfManyInputsComeBackBitForBit() {
        int inputs = 2100;
        try (LeastSquares all = new LeastSquares(manager, inputs, 2, null, SCRATCH);
                LeastSquares copy = new LeastSquares(manager, inputs, 2, null, SCRATCH)) {
            all.add(
                    manager.create(randomFloats(new Random(6), 3 * inputs), new Shape(3, inputs)),
                    manager.create(randomFloats(new Random(7), 6), new Shape(3, 2)),
                    null,
                    null);
            copy.add(all.getSums());
            NDArray weights = manager.ones(new Shape(2, inputs + 1)).mul(0.01);
            assertThat(copy.getInputSquares()).isEqualTo(all.getInputSquares());
            assertThat(copy.getRelativeError(weights)).isEqualTo(all.getRelativeError(weights));
        }
    }

    @Test
    void subtractsTheBiasOfTheTargets() {
        Random random = new Random(1);
        double[][] rows = rows(random, 30, 6);
        double[][] targets = random(random, 30, 3);
        double[][] dense = withZero(random(random, 3, 6));
        boolean[][] kept = mask(random, 3, 6, true);
        NDArray bias = manager.create(new float[] {0.5f, -2, 8});
        NDArray y = floats(targets, 0, 30, 3);
        try (LeastSquares plain = new LeastSquares(manager, 6, 3, null, SCRATCH);
                LeastSquares shifted = new LeastSquares(manager, 6, 3, null, SCRATCH)) {
            NDArray x = floats(rows, 0, 30, 6);
            plain.add(x, y, null, null);
            shifted.add(x, y.add(bias), bias, null);
            double[][] expected = solve(plain, dense, kept, 0.01);
            double[][] found = solve(shifted, dense, kept, 0.01);
            for (int o = 0; o < 3; o++) {
                assertThat(found[o]).containsExactly(expected[o], within(1e-5));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        // kernel, stride, padding, dilation; height and width
        "3, 3, 1, 1, 0, 0, 1, 1",
        "3, 2, 2, 1, 1, 2, 1, 1",
        "2, 3, 1, 3, 2, 0, 2, 1",
        "1, 1, 1, 1, 0, 0, 1, 1",
    })
    void fitsConvolutions(int kh, int kw, int sh, int sw, int ph, int pw, int dh, int dw) {
        Random random = new Random(kh * 10 + kw);
        int samples = 5;
        int channels = 3;
        int outputs = 4;
        NDArray image = manager.create(randomFloats(random, samples * channels * 7 * 8));
        NDArray x = image.reshape(samples, channels, 7, 8);
        Conv2d layer =
                Conv2d.builder()
                        .setKernelShape(new Shape(kh, kw))
                        .setFilters(outputs)
                        .optStride(new Shape(sh, sw))
                        .optPadding(new Shape(ph, pw))
                        .optDilation(new Shape(dh, dw))
                        .build();
        Shape out = layer.getOutputShapes(new Shape[] {x.getShape()})[0];
        int height = (int) out.get(2);
        int width = (int) out.get(3);
        NDArray y = manager.create(randomFloats(random, (int) out.size())).reshape(out);
        int taps = kh * kw;
        double[][] rows = new double[samples * height * width][channels * taps + 1];
        double[][] targets = new double[rows.length][outputs];
        int p = 0;
        for (int s = 0; s < samples; s++) {
            for (int r = 0; r < height; r++) {
                for (int c = 0; c < width; c++, p++) {
                    for (int i = 0; i < channels * taps; i++) {
                        int h = r * sh - ph + i % taps / kw * dh;
                        int w = c * sw - pw + i % kw * dw;
                        boolean inside = h >= 0 && h < 7 && w >= 0 && w < 8;
                        rows[p][i] = inside ? x.getFloat(s, i / taps, h, w) : 0;
                    }
                    rows[p][channels * taps] = 1;
                    for (int o = 0; o < outputs; o++) {
                        targets[p][o] = y.getFloat(s, o, r, c);
                    }
                }
            }
        }
        double[][] dense = withZero(random(random, outputs, channels * taps));
        boolean[][] kept = mask(random, outputs, channels * taps, true);
        Patches patches =
                new Patches(
                        new long[] {kh, kw},
                        new long[] {dh, dw},
                        new long[] {ph, pw},
                        new long[] {sh, sw});
        for (long scratch : new long[] {SCRATCH, 1}) {
            try (LeastSquares sums =
                    new LeastSquares(manager, (long) channels * taps, outputs, patches, scratch)) {
                sums.add(x, y, null, null);
                double[][] found = solve(sums, dense, kept, 0.01);
                double ridge = NormalEquations.ridge(rows, 0.01);
                for (int o = 0; o < outputs; o++) {
                    double[] expected =
                            NormalEquations.fit(rows, column(targets, o), dense[o], kept[o], ridge);
                    assertThat(found[o]).containsExactly(expected, within(1e-8));
                }
            }
        }
    }

    /** Two disjoint sets of positions, added one after the other, equal all positions. */
    @ParameterizedTest
    @CsvSource({"false, 1048576", "false, 1", "true, 1048576", "true, 1"})
    void addsOnlyThePositionsPicked(boolean convolution, long scratch) {
        Patches patches =
                convolution
                        ? new Patches(
                                new long[] {3, 2},
                                new long[] {1, 1},
                                new long[] {1, 0},
                                new long[] {2, 1})
                        : null;
        // Six samples of four inputs; a convolution turns 5 x 5 pixels into 3 x 4 positions.
        NDArray x = manager.randomNormal(convolution ? new Shape(6, 4, 5, 5) : new Shape(6, 12, 4));
        NDArray y = manager.randomNormal(convolution ? new Shape(6, 3, 3, 4) : new Shape(6, 12, 3));
        long inputs = convolution ? 24 : 4;
        NDArray weights = manager.randomNormal(new Shape(3, inputs + 1));
        NDArray mask = weights.gt(-0.5f);
        try (LeastSquares all = new LeastSquares(manager, inputs, 3, patches, scratch);
                LeastSquares parts = new LeastSquares(manager, inputs, 3, patches, scratch);
                LeastSquares half = new LeastSquares(manager, inputs, 3, patches, scratch)) {
            all.add(x, y, null, null);
            long[] even = LongStream.range(0, 36).map(i -> 2 * i).toArray();
            parts.add(x, y, null, even);
            parts.add(x, y, null, new long[0]);
            parts.add(x, y, null, LongStream.range(0, 36).map(i -> 2 * i + 1).toArray());
            half.add(x, y, null, even);

            double[] expected = all.solve(weights, mask, 0.01).toDoubleArray();
            assertThat(parts.solve(weights, mask, 0.01).toDoubleArray())
                    .containsExactly(expected, within(1e-9));
            assertThat(parts.getRelativeError(weights))
                    .isCloseTo(all.getRelativeError(weights), within(1e-9));
            assertThat(half.solve(weights, mask, 0.01).toDoubleArray()).isNotEqualTo(expected);
        }
    }

    @Test
    void deadInputsKeepTheirWeights() {
        Random random = new Random(2);
        double[][] rows = rows(random, 20, 6);
        for (double[] row : rows) {
            row[1] = 0;
            row[4] = 0;
        }
        double[][] dense = withZero(random(random, 3, 6));
        boolean[][] kept = mask(random, 3, 6, true);
        kept[0][1] = true;
        try (LeastSquares sums = new LeastSquares(manager, 6, 3, null, SCRATCH)) {
            sums.add(floats(rows, 0, 20, 6), floats(random(random, 20, 3), 0, 20, 3), null, null);
            double[][] found = solve(sums, dense, kept, 0.01);
            assertThat(found[0][1]).isCloseTo(dense[0][1], within(1e-12));
        }
        try (LeastSquares sums = new LeastSquares(manager, 6, 3, null, SCRATCH)) {
            NDArray none = manager.zeros(new Shape(4, 6));
            sums.add(none, manager.ones(new Shape(4, 3)), null, null);
            double[][] found = solve(sums, dense, kept, 0.01);
            for (int o = 0; o < 3; o++) {
                for (int i = 0; i < 6; i++) {
                    assertThat(found[o][i]).isEqualTo(kept[o][i] ? dense[o][i] : 0);
                }
                assertThat(found[o][6])
                        .isCloseTo(1, within(1e-12)); // the best that the bias can do
            }
        }
    }

    @Test
    void inverseDiagonalEqualsThatOfElimination() {
        Random random = new Random(3);
        double[][] rows = rows(random, 15, 6);
        try (LeastSquares sums = new LeastSquares(manager, 6, 2, null, SCRATCH)) {
            sums.add(floats(rows, 0, 15, 6), manager.zeros(new Shape(15, 2)), null, null);
            double[] found = sums.getInverseDiagonal(0.05);
            double[] squares = sums.getInputSquares();
            double ridge = NormalEquations.ridge(rows, 0.05);
            double[][] matrix = new double[6][6];
            for (double[] row : rows) {
                for (int i = 0; i < 6; i++) {
                    for (int j = 0; j < 6; j++) {
                        matrix[i][j] += row[i] * row[j];
                    }
                }
            }
            for (int i = 0; i < 6; i++) {
                assertThat(squares[i]).isCloseTo(matrix[i][i], within(1e-9));
            }
            for (int i = 0; i < 6; i++) {
                matrix[i][i] += ridge;
            }
            for (int i = 0; i < 6; i++) {
                double[] unit = new double[6];
                unit[i] = 1;
                double expected = NormalEquations.solve(matrix, unit)[i];
                assertThat(found[i]).isCloseTo(expected, within(1e-9));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6})
    void noStepsOfAdamGetBelowTheClosedForm(int seed) {
        Random random = new Random(seed);
        int inputs = 6 + seed;
        double[][] rows = rows(random, 60, inputs);
        double[][] targets = random(random, 60, 4);
        double[][] dense = withZero(random(random, 4, inputs));
        boolean[][] kept = mask(random, 4, inputs, true);
        NDArray x = floats(rows, 0, 60, inputs);
        NDArray y = floats(targets, 0, 60, 4);
        try (LeastSquares sums = new LeastSquares(manager, inputs, 4, null, SCRATCH);
                RowSample sample = new RowSample(manager, null, 60, 60)) {
            sums.add(x, y, null, null);
            sample.add(x, y, null);
            double closed = sums.getRelativeError(doubles(solve(sums, dense, kept, 1e-9)));
            NDArray mask = booleans(kept);
            NDArray weights = doubles(dense);
            NDArray few = sample.adam(manager, weights, mask, 20, 10, 0.01, 0.01, seed);
            NDArray many = sample.adam(manager, weights, mask, 2000, 30, 0.01, 0.01, seed);
            assertThat(closed).isLessThanOrEqualTo(sums.getRelativeError(many) + 1e-6);
            // This is not trivial: the steps really lead there.
            assertThat(sums.getRelativeError(many))
                    .isLessThan(sums.getRelativeError(few))
                    .isLessThan(closed * 1.1);
            for (int o = 0; o < 4; o++) {
                for (int i = 0; i <= inputs; i++) {
                    if (!kept[o][i]) {
                        assertThat(many.getFloat(o, i)).isZero();
                    }
                }
            }
        }
    }

    @Test
    void adamTakesTheStepsThatItsFormulaGives() {
        Random random = new Random(7);
        double[][] rows = rows(random, 1, 4);
        double[][] dense = withZero(random(random, 1, 4));
        boolean[][] kept = {{true, false, true, true, true}};
        try (RowSample sample = new RowSample(manager, null, 1, 10)) {
            // One row, so that every draw is that one.
            sample.add(
                    floats(rows, 0, 1, 4), manager.create(new float[] {3}, new Shape(1, 1)), null);
            NDArray found = sample.adam(manager, doubles(dense), booleans(kept), 3, 2, 0.1, 0.5, 1);
            double[] w = dense[0].clone();
            double[] first = new double[5];
            double[] second = new double[5];
            w[1] = 0;
            for (int step = 1; step <= 3; step++) {
                double y = 0;
                for (int i = 0; i < 5; i++) {
                    y += rows[0][i] * w[i];
                }
                for (int i = 0; i < 5; i++) {
                    double gradient = 2 * (y - 3) * rows[0][i];
                    first[i] = 0.9 * first[i] + 0.1 * gradient;
                    second[i] = 0.999 * second[i] + 0.001 * gradient * gradient;
                    double m = first[i] / (1 - Math.pow(0.9, step));
                    double v = second[i] / (1 - Math.pow(0.999, step));
                    w[i] -= (i == 4 ? 0.5 : 0.1) * m / (Math.sqrt(v) + 1e-8);
                }
                w[1] = 0;
            }
            for (int i = 0; i < 5; i++) {
                assertThat((double) found.getFloat(0, i)).isCloseTo(w[i], within(1e-4));
            }
        }
    }

    @Test
    void samplesPositionsEvenlyAndNoMoreThanTheLimit() {
        try (RowSample sample = new RowSample(manager, null, 12, 4)) {
            for (int call = 0; call < 3; call++) {
                float start = 4f * call;
                NDArray x = manager.arange(start, start + 4).reshape(4, 1);
                sample.add(x, x, null);
            }
            assertThat(sample.getSize()).isEqualTo(4);
            // y = x holds at all of them, so the best weight is 1, as before.
            NDArray weights = manager.create(new double[] {1, 0}, new Shape(1, 2));
            NDArray mask = manager.create(new boolean[] {true, true}, new Shape(1, 2));
            NDArray found = sample.adam(manager, weights, mask, 5, 3, 0.1, 0.1, 1);
            assertThat(found.toFloatArray()).containsExactly(1, 0);
        }
    }

    @Test
    void seesWhatIsNotFinite() {
        try (LeastSquares sums = new LeastSquares(manager, 2, 1, null, SCRATCH)) {
            NDArray x = manager.create(new float[] {1, Float.NaN}, new Shape(1, 2));
            assertThat(sums.isFinite()).isTrue();
            sums.add(x, manager.ones(new Shape(1, 1)), null, null);
            assertThat(sums.isFinite()).isFalse();
        }
    }

    @Test
    void leavesNoArraysBehind() {
        NDArray x = manager.randomNormal(new Shape(10, 4));
        NDArray y = manager.randomNormal(new Shape(10, 3));
        int before = ResourceCount.of(manager);
        try (LeastSquares sums = new LeastSquares(manager, 4, 3, null, SCRATCH)) {
            sums.add(x, y, null, null);
            int running = ResourceCount.of(manager);
            sums.add(x, y, null, null);
            assertThat(sums.isFinite()).isTrue();
            sums.getInputSquares();
            sums.getInverseDiagonal(0.1);
            assertThat(ResourceCount.of(manager)).isEqualTo(running);
        }
        assertThat(ResourceCount.of(manager)).isEqualTo(before);
    }

    @Test
    void patchesNeedTwoNumbersEach() {
        long[] two = {1, 1};
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Patches(two, new long[] {1}, two, two))
                .withMessageContaining("two numbers");
    }

    private double[][] solve(
            LeastSquares sums, double[][] dense, boolean[][] kept, double damping) {
        try (NDArray found = sums.solve(doubles(dense), booleans(kept), damping)) {
            double[] values = found.toDoubleArray();
            int width = dense[0].length;
            double[][] result = new double[dense.length][width];
            for (int i = 0; i < values.length; i++) {
                result[i / width][i % width] = values[i];
            }
            return result;
        }
    }

    /** Returns inputs that float32 represents exactly, followed by a one. */
    private static double[][] rows(Random random, int positions, int inputs) {
        double[][] rows = withZero(random(random, positions, inputs));
        for (double[] row : rows) {
            row[inputs] = 1;
        }
        return rows;
    }

    private static double[][] random(Random random, int rows, int columns) {
        double[][] values = new double[rows][columns];
        for (double[] row : values) {
            for (int i = 0; i < columns; i++) {
                row[i] = (float) random.nextGaussian();
            }
        }
        return values;
    }

    private static float[] randomFloats(Random random, int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    private static double[][] withZero(double[][] values) {
        double[][] wider = new double[values.length][values[0].length + 1];
        for (int i = 0; i < values.length; i++) {
            System.arraycopy(values[i], 0, wider[i], 0, values[i].length);
        }
        return wider;
    }

    /**
     * Returns a mask of varying density, so that outputs keep different numbers of inputs, one of
     * them none.
     */
    private static boolean[][] mask(Random random, int outputs, int inputs, boolean bias) {
        boolean[][] kept = new boolean[outputs][inputs + 1];
        for (int o = 0; o < outputs; o++) {
            for (int i = 0; i < inputs; i++) {
                kept[o][i] = o != 1 && random.nextBoolean();
            }
            kept[o][inputs] = bias;
        }
        return kept;
    }

    private NDArray doubles(double[][] values) {
        double[] flat = new double[values.length * values[0].length];
        for (int i = 0; i < flat.length; i++) {
            flat[i] = values[i / values[0].length][i % values[0].length];
        }
        return manager.create(flat, new Shape(values.length, values[0].length));
    }

    private NDArray booleans(boolean[][] values) {
        boolean[] flat = new boolean[values.length * values[0].length];
        for (int i = 0; i < flat.length; i++) {
            flat[i] = values[i / values[0].length][i % values[0].length];
        }
        return manager.create(flat, new Shape(values.length, values[0].length));
    }

    /** Returns a range of rows, limited to a number of columns. */
    private NDArray floats(double[][] values, int from, int to, int columns) {
        float[] flat = new float[(to - from) * columns];
        for (int i = 0; i < flat.length; i++) {
            flat[i] = (float) values[from + i / columns][i % columns];
        }
        return manager.create(flat, new Shape(to - from, columns));
    }

    private static double[] column(double[][] values, int column) {
        double[] result = new double[values.length];
        for (int i = 0; i < result.length; i++) {
            result[i] = values[i][column];
        }
        return result;
    }
}
