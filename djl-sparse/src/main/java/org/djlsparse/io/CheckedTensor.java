package org.djlsparse.io;

import org.djlsparse.mask.MaskChecker;
import org.djlsparse.mask.NmPattern;
import org.jspecify.annotations.Nullable;

import java.io.Serializable;

/**
 * The outcome of checking a tensor of a file.
 *
 * @param tensor the tensor
 * @param validAlongRows whether the weight satisfies the pattern
 * @param validAlongColumns whether its transpose does
 * @param firstViolation the first group that keeps too many entries, tap by tap and tile by tile,
 *     rows before columns; null if no group does
 */
public record CheckedTensor(
        TensorInfo tensor,
        boolean validAlongRows,
        boolean validAlongColumns,
        @Nullable Violation firstViolation)
        implements Serializable {

    /**
     * Returns whether the weight and its transpose satisfy the pattern.
     *
     * @return {@code true} if both do
     */
    public boolean isTransposable() {
        return validAlongRows && validAlongColumns;
    }

    /**
     * A group that keeps too many entries. Unlike {@link MaskChecker.Violation}, it counts rows in
     * the whole tensor, which may have more than 2^31.
     *
     * @param direction the direction in which the group runs
     * @param tap the kernel tap
     * @param tileRow the index of the tile among those below each other
     * @param tileColumn the index of the tile among those beside each other
     * @param row the row of the group's first entry
     * @param column the column of the group's first entry
     * @param kept the number of entries that the group keeps
     */
    public record Violation(
            MaskChecker.Direction direction,
            int tap,
            long tileRow,
            int tileColumn,
            long row,
            int column,
            int kept)
            implements Serializable {

        static Violation of(MaskChecker.Violation inBand, long firstRow, NmPattern pattern) {
            long row = firstRow + inBand.row();
            return new Violation(
                    inBand.direction(),
                    inBand.tap(),
                    row / pattern.m(),
                    inBand.column() / pattern.m(),
                    row,
                    inBand.column(),
                    inBand.kept());
        }
    }
}
