package org.djlsparse.mask;

import org.jspecify.annotations.Nullable;

/**
 * Checks whether a weight and its transpose satisfy an N:M pattern, and finds the first violation.
 *
 * <p>Entries other than zero count as kept. Groups are those of {@link Mask}: M consecutive inputs
 * of an output, or outputs of an input, starting at a multiple of M; each may keep at most N.
 *
 * <p>Tiles are read tap by tap, and within a tap row by row. The first violation lies in the first
 * tile that has one. Cost: one pass over the entries.
 */
public final class MaskChecker {

    private MaskChecker() {}

    /** The direction in which a group runs. */
    public enum Direction {
        /** Along the inputs of one output: the weight itself. */
        ROW,
        /** Along the outputs of one input: the transposed weight. */
        COLUMN
    }

    /**
     * A group that keeps too many entries.
     *
     * @param direction the direction in which the group runs
     * @param tap the kernel tap
     * @param row the row of the group's first entry
     * @param column the column of the group's first entry
     * @param kept the number of entries that it keeps
     */
    public record Violation(Direction direction, int tap, int row, int column, int kept) {}

    /**
     * The outcome of a check.
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
         * @return {@code true} if it does
         */
        public boolean isValidAlongRows() {
            return firstAlongRows == null;
        }

        /**
         * Returns whether the transposed weight satisfies the pattern.
         *
         * @return {@code true} if it does
         */
        public boolean isValidAlongColumns() {
            return firstAlongColumns == null;
        }

        /**
         * Returns whether the weight and its transpose satisfy the pattern.
         *
         * @return {@code true} if both do
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
     * @return the outcome
     * @throws IllegalArgumentException if the array's length is not the shape's size
     */
    public static Result check(float[] weights, WeightShape shape, NmPattern pattern) {
        shape.checkLength(weights.length);
        return check(
                Mask.of(
                        shape,
                        pattern,
                        (tap, row, column, count) ->
                                nonZeros(
                                        weights,
                                        shape.index(tap, row, column),
                                        shape.taps(),
                                        count)));
    }

    private static long nonZeros(float[] weights, int first, int step, int count) {
        long bits = 0;
        for (int i = 0, at = first; i < count; i++, at += step) {
            int magnitude = Float.floatToRawIntBits(weights[at]) & Integer.MAX_VALUE;
            // The sign of -magnitude: a branch would often be mispredicted.
            bits |= (long) (-magnitude >>> 31) << i;
        }
        return bits;
    }

    /**
     * Checks a mask against its own pattern.
     *
     * @param mask the mask
     * @return the outcome
     */
    public static Result check(Mask mask) {
        WeightShape shape = mask.getShape();
        int m = mask.getPattern().m();
        int n = mask.getPattern().n();
        Violation inRow = null;
        Violation inColumn = null;
        for (int tap = 0; tap < shape.taps(); tap++) {
            for (int row = 0; row < shape.rows(); row += m) {
                if (inRow == null) {
                    inRow = firstInRows(mask, tap, row);
                }
                int column =
                        inColumn == null ? Groups.firstOverAlongColumns(mask, tap, row, m, n) : -1;
                if (column >= 0) {
                    int kept = Groups.countAlongColumn(mask, tap, row, column, m);
                    inColumn = new Violation(Direction.COLUMN, tap, row, column, kept);
                }
                if (inRow != null && inColumn != null) {
                    return new Result(inRow, inColumn);
                }
            }
        }
        return new Result(inRow, inColumn);
    }

    /** Finds the violation in the leftmost tile, and there in the first row. */
    private static @Nullable Violation firstInRows(Mask mask, int tap, int firstRow) {
        int m = mask.getPattern().m();
        int end = firstRow + Math.min(m, mask.getShape().rows() - firstRow);
        int first = -1;
        int rowOfFirst = -1;
        for (int row = firstRow; row < end; row++) {
            int column = Groups.firstOverAlongRow(mask, tap, row, m, mask.getPattern().n());
            if (column >= 0 && (first < 0 || column < first)) {
                first = column;
                rowOfFirst = row;
            }
        }
        return first < 0
                ? null
                : new Violation(
                        Direction.ROW,
                        tap,
                        rowOfFirst,
                        first,
                        Groups.countAlongRow(mask, tap, rowOfFirst, first, m));
    }

    /**
     * Returns the most entries that any group of M inputs of an output keeps.
     *
     * @param mask the mask
     * @param m the length of a group, at least 2, whatever the mask's pattern
     * @return the number; the mask satisfies N:M along rows if it is at most N
     */
    public static int mostAlongRows(Mask mask, int m) {
        return Groups.mostAlongRows(mask, m);
    }

    /**
     * Returns the most entries that any group of M outputs of an input keeps.
     *
     * @param mask the mask
     * @param m the length of a group, at least 2, whatever the mask's pattern
     * @return the number; the mask satisfies N:M along columns if it is at most N
     */
    public static int mostAlongColumns(Mask mask, int m) {
        return Groups.mostAlongColumns(mask, m);
    }
}
