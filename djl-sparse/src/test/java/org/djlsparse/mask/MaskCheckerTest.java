package org.djlsparse.mask;

import org.djlsparse.mask.MaskChecker.Direction;
import org.djlsparse.mask.MaskChecker.Result;
import org.djlsparse.mask.MaskChecker.Violation;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class MaskCheckerTest {

    private static final NmPattern PATTERN = NmPattern.of(2, 4);

    @Test
    void findsTheFirstViolationOfEachDirection() {
        WeightShape shape = new WeightShape(10, 9, 4);
        float[] weights = new float[shape.size()];
        // Three in the last, shorter group of a column; an allowed third entry elsewhere.
        weights[shape.index(2, 8, 3)] = 1;
        weights[shape.index(2, 9, 3)] = -1;
        assertThat(MaskChecker.check(weights, shape, PATTERN).isTransposable()).isTrue();

        weights[shape.index(3, 4, 5)] = Float.NaN;
        weights[shape.index(3, 5, 5)] = 1e-30f;
        weights[shape.index(3, 7, 5)] = -2;
        Result columns = MaskChecker.check(weights, shape, PATTERN);
        assertThat(columns.isValidAlongRows()).isTrue();
        assertThat(columns.firstAlongColumns())
                .isEqualTo(new Violation(Direction.COLUMN, 3, 4, 5, 3));

        weights[shape.index(1, 6, 4)] = 1;
        weights[shape.index(1, 6, 5)] = 1;
        weights[shape.index(1, 6, 6)] = 1;
        weights[shape.index(1, 6, 7)] = 1;
        Result both = MaskChecker.check(weights, shape, PATTERN);
        assertThat(both.firstAlongRows()).isEqualTo(new Violation(Direction.ROW, 1, 6, 4, 4));
        assertThat(both.isTransposable()).isFalse();
    }

    @Test
    void readsTileByTile() {
        WeightShape shape = WeightShape.of(8, 8);
        float[] weights = new float[shape.size()];
        for (int k = 0; k < 3; k++) {
            weights[shape.index(0, 1, 4 + k)] = 1;
            weights[shape.index(0, 3, k)] = 1;
            weights[shape.index(0, k + 1, 6)] = 1;
            weights[shape.index(0, k + 4, 1)] = 1;
        }

        Result result = MaskChecker.check(weights, shape, PATTERN);

        // Row 1 comes first in memory, but the tile of row 3 is further left.
        assertThat(result.firstAlongRows()).isEqualTo(new Violation(Direction.ROW, 0, 3, 0, 3));
        assertThat(result.firstAlongColumns())
                .isEqualTo(new Violation(Direction.COLUMN, 0, 0, 6, 3));
    }

    @Test
    void agreesWithTheMaskOfTheNonZeros() {
        Random random = new Random(1);
        for (int i = 0; i < 2000; i++) {
            WeightShape shape =
                    new WeightShape(
                            1 + random.nextInt(9), 1 + random.nextInt(9), 1 + random.nextInt(3));
            float[] weights = new float[shape.size()];
            boolean[] keep = new boolean[shape.size()];
            for (int k = 0; k < weights.length; k++) {
                keep[k] = random.nextInt(3) == 0;
                weights[k] = keep[k] ? (float) random.nextGaussian() : random.nextInt(2) * -0f;
            }
            Mask mask = Mask.of(shape, PATTERN, keep);

            Result result = MaskChecker.check(weights, shape, PATTERN);

            assertThat(result.isValidAlongRows()).isEqualTo(mask.isValidAlongRows());
            assertThat(result.isValidAlongColumns()).isEqualTo(mask.isValidAlongColumns());
            assertThat(result.isValidAlongRows()).isEqualTo(mostInAGroup(shape, keep, 1, 4) <= 2);
            assertThat(result.isValidAlongColumns())
                    .isEqualTo(mostInAGroup(shape, keep, 4, 1) <= 2);
        }
    }

    /**
     * Groups lie within one word of the mask, across two or over several; those at the edges are
     * short.
     */
    @ParameterizedTest
    @ValueSource(strings = {"1:2", "2:4", "2:3", "4:8", "3:5", "8:16", "9:32", "20:64", "40:100"})
    void findsWhatCountingEntryByEntryFinds(String text) {
        NmPattern pattern = NmPattern.parse(text);
        Random random = new Random(pattern.m());
        int valid = 0;
        for (int i = 0; i < 60; i++) {
            WeightShape shape =
                    new WeightShape(
                            1 + random.nextInt(pattern.m() + 5),
                            1 + random.nextInt(200),
                            1 + random.nextInt(2));
            // From few entries, without violations, to so many that the first group violates the
            // pattern.
            double density = random.nextDouble() * pattern.n() / pattern.m() * 1.2;
            boolean[] keep = new boolean[shape.size()];
            for (int k = 0; k < keep.length; k++) {
                keep[k] = random.nextDouble() < density;
            }
            Mask mask = Mask.of(shape, pattern, keep);

            Result result = MaskChecker.check(mask);

            Violation inRow = firstByCounting(shape, keep, pattern, Direction.ROW);
            Violation inColumn = firstByCounting(shape, keep, pattern, Direction.COLUMN);
            assertThat(result).isEqualTo(new Result(inRow, inColumn));
            valid += result.isTransposable() ? 1 : 0;
            for (int m : new int[] {2, 3, 4, 8, 16, 32, 64, 100, pattern.m()}) {
                assertThat(MaskChecker.mostAlongRows(mask, m))
                        .isEqualTo(mostInAGroup(shape, keep, 1, m));
                assertThat(MaskChecker.mostAlongColumns(mask, m))
                        .isEqualTo(mostInAGroup(shape, keep, m, 1));
            }
        }
        assertThat(valid).isBetween(1, 59);
    }

    /** Checks tile after tile, and the groups of each tile in order. */
    private static @Nullable Violation firstByCounting(
            WeightShape shape, boolean[] keep, NmPattern pattern, Direction direction) {
        int m = pattern.m();
        boolean rows = direction == Direction.ROW;
        for (int tap = 0; tap < shape.taps(); tap++) {
            for (int top = 0; top < shape.rows(); top += m) {
                for (int left = 0; left < shape.columns(); left += m) {
                    for (int line = 0; line < m; line++) {
                        int kept = 0;
                        for (int place = 0; place < m; place++) {
                            int row = top + (rows ? line : place);
                            int column = left + (rows ? place : line);
                            if (row < shape.rows()
                                    && column < shape.columns()
                                    && keep[shape.index(tap, row, column)]) {
                                kept++;
                            }
                        }
                        if (kept > pattern.n()) {
                            return new Violation(
                                    direction,
                                    tap,
                                    rows ? top + line : top,
                                    rows ? left : left + line,
                                    kept);
                        }
                    }
                }
            }
        }
        return null;
    }

    @Test
    void refusesAWrongLength() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MaskChecker.check(new float[3], WeightShape.of(2, 2), PATTERN));
    }

    /**
     * Returns the largest number of kept entries in a group of the given height and width, counted
     * one by one.
     */
    private static int mostInAGroup(WeightShape shape, boolean[] keep, int height, int width) {
        int down = (shape.rows() - 1) / height + 1;
        int[] counts = new int[shape.taps() * shape.columns() * down];
        int most = 0;
        for (int i = 0; i < keep.length; i++) {
            if (keep[i]) {
                int tap = i % shape.taps();
                int column = i / shape.taps() % shape.columns();
                int row = i / shape.taps() / shape.columns();
                int group = (tap * down + row / height) * shape.columns() + column / width;
                most = Math.max(most, ++counts[group]);
            }
        }
        return most;
    }
}
