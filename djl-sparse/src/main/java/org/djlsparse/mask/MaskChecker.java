package org.djlsparse.mask;

import org.jspecify.annotations.Nullable;

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
        Entries kept = (tap, row, column) -> weights[shape.index(tap, row, column)] != 0;
        return new Result(
                first(Direction.ROW, kept, shape, pattern),
                first(Direction.COLUMN, kept, shape, pattern));
    }

    /** Finds the first group of a direction that keeps too many entries, tile by tile. */
    static @Nullable Violation first(
            Direction direction, Entries entries, WeightShape shape, NmPattern pattern) {
        int m = pattern.m();
        for (int tap = 0; tap < shape.taps(); tap++) {
            for (int row = 0; row < shape.rows(); row += m) {
                int height = Math.min(m, shape.rows() - row);
                for (int column = 0; column < shape.columns(); column += m) {
                    int width = Math.min(m, shape.columns() - column);
                    boolean alongRows = direction == Direction.ROW;
                    for (int line = 0; line < (alongRows ? height : width); line++) {
                        int firstRow = alongRows ? row + line : row;
                        int firstColumn = alongRows ? column : column + line;
                        int endRow = alongRows ? firstRow + 1 : row + height;
                        int endColumn = alongRows ? column + width : firstColumn + 1;
                        int kept = 0;
                        for (int r = firstRow; r < endRow; r++) {
                            for (int c = firstColumn; c < endColumn; c++) {
                                kept += entries.isKept(tap, r, c) ? 1 : 0;
                            }
                        }
                        if (kept > pattern.n()) {
                            return new Violation(direction, tap, firstRow, firstColumn, kept);
                        }
                    }
                }
            }
        }
        return null;
    }
}
