package org.djlsparse.mask;

import org.djlsparse.internal.mask.TileMasks;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/** Tests against brute force over all subsets of a tile. */
class EnumerationSolverTest {

    private final MaskSolver solver = MaskSolver.enumeration();

    @ParameterizedTest
    @CsvSource({"1, 4, 4, 24", "2, 4, 4, 90", "3, 4, 4, 24", "4, 4, 4, 1"})
    void knownCounts(int n, int height, int width, int count) {
        assertThat(TileMasks.of(n, height, width)).hasSize(count);
    }

    @ParameterizedTest
    @CsvSource({
        "1, 4, 4", "2, 4, 4", "3, 4, 4", "4, 4, 4", "2, 3, 4", "2, 4, 3", "2, 1, 4", "2, 2, 2",
        "1, 3, 3", "3, 3, 4", "2, 2, 3", "2, 1, 1"
    })
    void keepsTheMostOfAllMasksAndTiesGoToTheLowerIndex(int n, int height, int width) {
        List<boolean[]> allowed = allowed(n, height, width);
        WeightShape shape = WeightShape.of(height, width);
        for (int seed = 0; seed < 300; seed++) {
            for (float[] weights :
                    List.of(
                            Weights.gaussian(height * width, seed),
                            Weights.withTies(height * width, seed))) {
                Mask mask = solver.solve(weights, shape, NmPattern.of(n, 4));

                assertThat(mask.toBooleanArray()).isEqualTo(best(allowed, weights));
            }
        }
    }

    @Test
    void nearTiesHugeAndTinyWeightsAreDecidedExactly() {
        List<boolean[]> allowed = allowed(2, 4, 4);
        for (float scale : new float[] {1, 1e38f, Float.MIN_VALUE * 64, 1e-20f}) {
            for (int seed = 0; seed < 100; seed++) {
                float[] weights = Weights.withTies(16, seed);
                for (int i = 0; i < 16; i++) {
                    weights[i] *= scale;
                }
                // A difference in the last bit, which sums in single precision would lose.
                weights[seed % 16] = Math.nextUp(weights[seed % 16]);
                weights[(5 * seed + 3) % 16] = Math.nextDown(weights[(5 * seed + 3) % 16]);

                Mask mask = solver.solve(weights, WeightShape.of(4, 4), NmPattern.of(2, 4));

                assertThat(mask.toBooleanArray()).isEqualTo(best(allowed, weights));
            }
        }
    }

    @Test
    void manyTilesAtOnceAreSolvedAsOneByOne() {
        // 71 tiles across, and a ragged edge: more than one batch.
        WeightShape shape = WeightShape.of(8, 4 * 71 + 2, 1, 3);
        float[] weights = Weights.gaussian(shape.size(), 29);
        Mask mask = solver.solve(weights, shape, NmPattern.of(2, 4));
        for (int tap = 0; tap < 3; tap++) {
            for (int tile = 0; tile < 2 * 72; tile++) {
                int row = tile / 72 * 4;
                int column = tile % 72 * 4;
                int width = Math.min(4, shape.columns() - column);
                float[] part = new float[4 * width];
                boolean[] expected = new boolean[4 * width];
                for (int i = 0; i < part.length; i++) {
                    part[i] = weights[shape.index(tap, row + i / width, column + i % width)];
                    expected[i] = mask.isKept(tap, row + i / width, column + i % width);
                }
                Mask one = solver.solve(part, WeightShape.of(4, width), NmPattern.of(2, 4));
                assertThat(one.toBooleanArray()).isEqualTo(expected);
            }
        }
    }

    @Test
    void aTileWhoseSumsOverflowDoesNotChangeItsNeighbours() {
        WeightShape shape = WeightShape.of(4, 256);
        float[] weights = Weights.gaussian(shape.size(), 31);
        for (int i = 0; i < weights.length / 2; i++) {
            // A sum over the whole tile loses the lower rows next to the upper ones.
            weights[i] *= 0x1p80f;
        }
        Mask without = solver.solve(weights, shape, NmPattern.of(2, 4));
        for (int row = 0; row < 4; row++) {
            Arrays.fill(weights, row * 256 + 100, row * 256 + 104, Float.MAX_VALUE);
        }
        Mask with = solver.solve(weights, shape, NmPattern.of(2, 4));

        for (int i = 0; i < weights.length; i++) {
            int column = i % 256;
            if (column / 4 != 25) {
                assertThat(with.isKept(0, i / 256, column))
                        .isEqualTo(without.isKept(0, i / 256, column));
            }
        }
    }

    @Test
    void allZeroTileGetsAValidMask() {
        Mask mask = solver.solve(new float[64], WeightShape.of(8, 8), NmPattern.of(2, 4));

        assertThat(mask.isTransposable()).isTrue();
        assertThat(mask.getDensity()).isEqualTo(0.5);
    }

    @Test
    void otherTileSizesAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> solver.solve(new float[64], WeightShape.of(8, 8), NmPattern.of(4, 8)))
                .withMessage("pattern 4:8: not supported by the solver \"enumeration\"");
    }

    /**
     * Returns all masks of a tile that a solver may return, in the order of preference among
     * equals: as binary numbers whose first digit is the first entry, in decreasing order.
     */
    private static List<boolean[]> allowed(int n, int height, int width) {
        int size = height * width;
        boolean full = height == 4 && width == 4;
        List<boolean[]> allowed = new ArrayList<>();
        for (int bits = (1 << size) - 1; bits >= 0; bits--) {
            boolean[] keep = new boolean[size];
            int[] rows = new int[height];
            int[] columns = new int[width];
            for (int i = 0; i < size; i++) {
                keep[i] = (bits >> (size - 1 - i) & 1) != 0;
                rows[i / width] += keep[i] ? 1 : 0;
                columns[i % width] += keep[i] ? 1 : 0;
            }
            boolean fits = true;
            for (int count : rows) {
                fits &= full ? count == n : count <= n;
            }
            for (int count : columns) {
                fits &= full ? count == n : count <= n;
            }
            if (fits) {
                allowed.add(keep);
            }
        }
        return allowed;
    }

    private static boolean[] best(List<boolean[]> allowed, float[] weights) {
        boolean[] best = allowed.get(0);
        double bestSum = -1;
        for (boolean[] keep : allowed) {
            double sum = 0;
            for (int i = 0; i < keep.length; i++) {
                sum += keep[i] ? Math.abs(weights[i]) : 0;
            }
            if (sum > bestSum) {
                bestSum = sum;
                best = keep;
            }
        }
        return best;
    }
}
