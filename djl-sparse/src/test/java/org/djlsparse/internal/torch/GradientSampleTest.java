package org.djlsparse.internal.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;

import org.djlsparse.ResourceCount;
import org.djlsparse.mask.Weights;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Arrays;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

/** Tests of the sampling against the definition of the estimator, in plain Java. */
class GradientSampleTest {

    private static final int COPIES = 100_000;
    private static final double DEVIATIONS = 5;

    private final NDManager manager = NDManager.newBaseManager("PyTorch");

    @AfterEach
    void close() {
        manager.close();
    }

    /** Several sizes, some of which are processed in several parts, some of which are ragged. */
    @ParameterizedTest
    @CsvSource({"1, 1", "4, 3", "37, 13", "6, 20000", "103, 1000"})
    void drawsWhatTheDefinitionDraws(int rows, int columns) {
        float[] gradient = Weights.gaussian(rows * columns, rows);
        for (int i = 0; i < gradient.length; i += 3) {
            gradient[i] *= i % 7; // some zeros, and some entries that exceed the others' sum
        }
        long key = 0x123456789abcdefL * columns;

        float[] sample = sample(array(gradient, rows, columns), key).toFloatArray();

        double[] expected = GroupSample.draw(gradient, columns, key);
        for (int i = 0; i < sample.length; i++) {
            assertThat(sample[i])
                    .as("entry %d", i)
                    .isCloseTo((float) expected[i], within((float) (1e-6 * Math.abs(expected[i]))));
        }
    }

    @Test
    void atMostTwoOfEachFourRowsAreKept() {
        int rows = 402;
        int columns = 50;
        float[] gradient = Weights.gaussian(rows * columns, 1);

        float[] sample = sample(array(gradient, rows, columns), 2).toFloatArray();

        int[] counts = new int[5];
        for (int row = 0; row < rows; row += 4) {
            for (int column = 0; column < columns; column++) {
                int count = 0;
                for (int i = row; i < Math.min(row + 4, rows); i++) {
                    count += sample[i * columns + column] == 0 ? 0 : 1;
                }
                counts[count]++;
            }
        }
        // 100 full groups, and one of two rows, per column
        assertThat(counts).containsExactly(0, 0, 101 * columns, 0, 0);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0 0 0 0",
                "0 0 0 -3",
                "0 1e30 0 1e-30",
                "-2 0 0 2",
                "0 0 0.1 0.3",
                "1e-45 0 -1e-45 0"
            })
    void groupsOfAtMostTwoNonzeroEntriesStayAsTheyAre(String entries) {
        float[] group = floats(entries);
        float[] gradient = copies(group, 1000);
        assertThat(sample(array(gradient, 4, 1000), 3).toFloatArray()).isEqualTo(gradient);
    }

    /** Among all probabilities, tried on a grid, none leads to less variance. */
    @ParameterizedTest
    @ValueSource(strings = {"1 2 3 4", "1 1 1 1", "9 1 2 3", "6 1 2 3", "5 4 0.1 0.2", "0 1 2 1.5"})
    void noProbabilitiesLeadToLessVariance(String entries) {
        double[] group = doubles(floats(entries));
        double least = GroupSample.variance(group, GroupSample.probabilities(group));
        int steps = 50;
        int tried = 0;
        for (int a = 0; a <= steps; a++) {
            for (int b = 0; b <= steps; b++) {
                for (int c = 0; c <= steps; c++) {
                    int d = 2 * steps - a - b - c;
                    if (d >= 0 && d <= steps) {
                        double[] kept = {a, b, c, d};
                        for (int i = 0; i < 4; i++) {
                            kept[i] /= steps;
                        }
                        tried++;
                        assertThat(GroupSample.variance(group, kept))
                                .as("%s", Arrays.toString(kept))
                                .isGreaterThanOrEqualTo(least - 1e-9);
                    }
                }
            }
        }
        assertThat(tried).isGreaterThan(10_000);
    }

    /** Two draws without replacement, as in 2by4, are unbiased, too, but vary more. */
    @Test
    void successiveDrawsHaveMoreVariance() {
        Random random = new Random(4);
        double ratio = 0;
        int groups = 1000;
        for (int i = 0; i < groups; i++) {
            double[] group = random.doubles(4).map(u -> u - 0.5).toArray();
            double[] successive = GroupSample.successive(group);
            assertThat(Arrays.stream(successive).sum()).isCloseTo(2, within(1e-9));
            double least = GroupSample.variance(group, GroupSample.probabilities(group));
            double variance = GroupSample.variance(group, successive);
            assertThat(variance).isGreaterThanOrEqualTo(least);
            ratio += variance / least / groups;
        }
        assertThat(ratio).isGreaterThan(1.01);
    }

    /** Many samples of one group: how often each entry is kept, and the mean. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "1 -2 3 4",
                "1 1 1 1",
                "9 1 -2 3",
                "6 1 2 3",
                "-5 4 0.1 0.2",
                "0 1 2 -1.5",
                "1e-3 1e-3 1e-3 1",
                "1e30 2e30 3e30 1e28",
                "1e-40 2e-40 3e-40 1e-40"
            })
    void isUnbiasedAndKeepsEachEntryAsOftenAsItShould(String entries) {
        float[] group = floats(entries);
        double[] kept = GroupSample.probabilities(doubles(group));
        assertThat(Arrays.stream(kept).sum()).isCloseTo(2, within(1e-9));

        float[] sample = sample(array(copies(group, COPIES), 4, COPIES), 5).toFloatArray();

        for (int i = 0; i < 4; i++) {
            double count = 0;
            double sum = 0;
            for (int k = 0; k < COPIES; k++) {
                float entry = sample[i * COPIES + k];
                count += entry == 0 ? 0 : 1;
                sum += entry;
            }
            double p = kept[i];
            double deviation = Math.sqrt(p * (1 - p) / COPIES);
            assertThat(count / COPIES).isCloseTo(p, within(DEVIATIONS * deviation));
            double error = p == 0 ? 0 : Math.abs(group[i]) / p * deviation;
            double rounding = 1e-5 * Math.abs(group[i]) + Float.MIN_VALUE;
            assertThat(sum / COPIES)
                    .as("mean of entry %d", i)
                    .isCloseTo(group[i], within(DEVIATIONS * error + rounding));
        }
    }

    @Test
    void rowsAreTheLeadingDimensionsAndThePixels() {
        float[] gradient = Weights.gaussian(2 * 3 * 5 * 7, 6);
        NDArray matrix = array(gradient, 30, 7);
        float[] expected = sample(matrix, 7).toFloatArray();

        NDArray batch = sample(matrix.reshape(2, 3, 5, 7), 7);
        assertThat(batch.getShape()).isEqualTo(new Shape(2, 3, 5, 7));
        assertThat(batch.toFloatArray()).isEqualTo(expected);

        NDArray images =
                new GradientSample(7).of(matrix.reshape(2, 3, 5, 7).transpose(0, 3, 1, 2), true);
        assertThat(images.getShape()).isEqualTo(new Shape(2, 7, 3, 5));
        assertThat(images.transpose(0, 2, 3, 1).toFloatArray()).isEqualTo(expected);

        assertThat(sample(array(new float[] {1, 2, 3}, 3), 7).toFloatArray()) // one row
                .containsExactly(1, 2, 3);
        assertThat(sample(manager.create(new Shape(0, 7)), 7).getShape())
                .isEqualTo(new Shape(0, 7));
    }

    @Test
    void anyMemoryLayoutWillDo() {
        NDArray gradient = array(Weights.gaussian(24 * 10, 1), 10, 24);
        NDArray copy = gradient.transpose().duplicate();
        assertThat(sample(gradient.transpose(), 8)).isEqualTo(sample(copy, 8));
        NDArray one = manager.ones(new Shape(1, 1)).broadcast(8, 3);
        assertThat(sample(one, 8)).isEqualTo(sample(manager.ones(new Shape(8, 3)), 8));
    }

    @Test
    void theTypeStays() {
        NDArray half = array(Weights.gaussian(40, 1), 8, 5).toType(DataType.FLOAT16, false);
        NDArray sample = sample(half, 9);
        NDArray expected = sample(half.toType(DataType.FLOAT32, false), 9);
        assertThat(sample.getDataType()).isEqualTo(DataType.FLOAT16);
        assertThat(sample).isEqualTo(expected.toType(DataType.FLOAT16, false));
    }

    @Test
    void groupsThatAreNotFiniteStayAsTheyAre() {
        float nan = Float.NaN;
        float inf = Float.POSITIVE_INFINITY;
        float[][] groups = {
            {nan, 1, 2, 3}, {1, 2, nan, 3}, {inf, 1, 1, 1}, {1, -inf, inf, 0}, {nan, nan, inf, inf}
        };
        for (float[] group : groups) {
            float[] gradient = copies(group, 100);
            assertThat(sample(array(gradient, 4, 100), 10).toFloatArray()).isEqualTo(gradient);
        }
        // Other groups are sampled as ever.
        float[] gradient = Weights.gaussian(12, 1);
        float[] expected = sample(array(gradient, 12, 1), 10).toFloatArray();
        gradient[5] = nan;
        float[] sample = sample(array(gradient, 12, 1), 10).toFloatArray();
        System.arraycopy(gradient, 4, expected, 4, 4);
        assertThat(sample).isEqualTo(expected);
    }

    @Test
    void equalKeysGiveEqualSamplesAndOthersDoNot() {
        NDArray gradient = array(Weights.gaussian(400, 1), 40, 10);
        assertThat(sample(gradient, -1)).isEqualTo(sample(gradient, -1));
        assertThat(sample(gradient, -1)).isNotEqualTo(sample(gradient, 0));
        assertThat(sample(gradient, 1)).isNotEqualTo(sample(gradient, 0));
    }

    @Test
    void leavesNothingButTheSample() {
        NDArray gradient = array(Weights.gaussian(400, 1), 40, 10);
        int before = ResourceCount.of(manager);
        sample(gradient, 1).close();
        assertThat(ResourceCount.of(manager)).isEqualTo(before);
    }

    private static NDArray sample(NDArray gradient, long key) {
        return new GradientSample(key).of(gradient, false);
    }

    /** Returns a matrix of four rows whose columns are equal. */
    private static float[] copies(float[] group, int count) {
        float[] matrix = new float[4 * count];
        for (int i = 0; i < matrix.length; i++) {
            matrix[i] = group[i / count];
        }
        return matrix;
    }

    private static float[] floats(String entries) {
        String[] words = entries.split(" ", -1);
        float[] values = new float[words.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = Float.parseFloat(words[i]);
        }
        return values;
    }

    private static double[] doubles(float[] values) {
        double[] result = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            result[i] = values[i];
        }
        return result;
    }

    private NDArray array(float[] values, long... shape) {
        return manager.create(values, new Shape(shape));
    }
}
