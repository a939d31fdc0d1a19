package org.djlsparse.mask;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;

/**
 * Says whether a weight, its transpose or both satisfy an N:M pattern, and where not.
 *
 * <p>Entries other than zero count as kept. Groups are those of {@link Mask}: M consecutive inputs
 * of an output, or outputs of an input, starting at a multiple of M; each may keep at most N.
 *
 * <p>Tiles are read tap by tap, then like text; the first violation lies in the first tile that has
 * one. Cost: a look at each entry for each direction.
 */
public final class MaskChecker {

    private MaskChecker() {}

    /** Which entries are kept. */
    @FunctionalInterface
    interface Entries {
        boolean isKept(int tap, int row, int column);
    }

    /** The way that a group runs. */
    public enum Direction {
        /** Along the inputs of one output: the weight itself. */
        ROW,
        /** Along the outputs of one input: the transposed weight. */
        COLUMN
    }

    /**
     * A group that keeps too many entries.
     *
     * @param direction the way that the group runs
     * @param tap the kernel tap
     * @param row the row of the group's first entry
     * @param column the column of the group's first entry
     * @param kept the number of entries that it keeps
     */
    public record Violation(Direction direction, int tap, int row, int column, int kept) {}

    /**
     * What a check found.
     *
     * @param firstAlongRows the first group along a row that keeps too many; null if none does
     * @param firstAlongColumns the first group along a column that keeps too many; null if none
     *     does
     */
    public record Result(
            @Nullable Violation firstAlongRows, @Nullable Violation firstAlongColumns) {

        /**
         * Returns whether the weight satisfies the pattern.
         *
         * @return true if so
         */
        public boolean isValidAlongRows() {
            return firstAlongRows == null;
        }

        /**
         * Returns whether the transposed weight satisfies the pattern.
         *
         * @return true if so
         */
        public boolean isValidAlongColumns() {
            return firstAlongColumns == null;
        }

        /**
         * Returns whether both do.
         *
         * @return true if so
         */
        public boolean isTransposable() {
            return isValidAlongRows() && isValidAlongColumns();
        }
    }

    /**
     * Checks a weight.
     *
     * @param weights the weight, in the tensor's row-major order; NaN counts as kept
     * @param shape its shape
     * @param pattern the pattern
     * @return what was found
     * @throws IllegalArgumentException if the array's length is not the shape's size
     */
    public static Result check(float[] weights, WeightShape shape, NmPattern pattern) {
        shape.checkLength(weights.length);
        return check(
                (tap, row, column) -> weights[shape.index(tap, row, column)] != 0, shape, pattern);
    }

    /** Finds the first groups that keep too many entries, tile by tile. */
    static Result check(Entries entries, WeightShape shape, NmPattern pattern) {
        int m = pattern.m();
        int[] rowCounts = new int[Math.min(m, shape.rows())];
        int[] columnCounts = new int[Math.min(m, shape.columns())];
        Violation inRow = null;
        Violation inColumn = null;
        for (int tap = 0; tap < shape.taps(); tap++) {
            for (int row = 0; row < shape.rows(); row += m) {
                for (int column = 0; column < shape.columns(); column += m) {
                    count(entries, shape, tap, row, column, rowCounts, columnCounts);
                    int over = firstOver(rowCounts, pattern.n());
                    if (inRow == null && over >= 0) {
                        inRow =
                                new Violation(
                                        Direction.ROW, tap, row + over, column, rowCounts[over]);
                    }
                    over = firstOver(columnCounts, pattern.n());
                    if (inColumn == null && over >= 0) {
                        inColumn =
                                new Violation(
                                        Direction.COLUMN,
                                        tap,
                                        row,
                                        column + over,
                                        columnCounts[over]);
                    }
                    if (inRow != null && inColumn != null) {
                        return new Result(inRow, inColumn);
                    }
                }
            }
        }
        return new Result(inRow, inColumn);
    }

    /** Counts what a tile keeps in each row and column; 0 where a ragged tile has none. */
    private static void count(
            Entries entries,
            WeightShape shape,
            int tap,
            int row,
            int column,
            int[] rowCounts,
            int[] columnCounts) {
        Arrays.fill(rowCounts, 0);
        Arrays.fill(columnCounts, 0);
        int height = Math.min(rowCounts.length, shape.rows() - row);
        int width = Math.min(columnCounts.length, shape.columns() - column);
        for (int r = 0; r < height; r++) {
            int inRow = 0;
            for (int c = 0; c < width; c++) {
                int kept = entries.isKept(tap, row + r, column + c) ? 1 : 0;
                inRow += kept;
                columnCounts[c] += kept;
            }
            rowCounts[r] = inRow;
        }
    }

    private static int firstOver(int[] counts, int most) {
        for (int i = 0; i < counts.length; i++) {
            if (counts[i] > most) {
                return i;
            }
        }
        return -1;
    }
}
