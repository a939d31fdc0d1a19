package org.djlsparse.cli.weights;

import org.djlsparse.mask.MaskChecker;
import org.djlsparse.mask.NmPattern;
import org.jspecify.annotations.Nullable;

import java.util.Locale;

/**
 * What checking a tensor came to. The components are the keys of its JSON.
 *
 * @param name the tensor's name
 * @param rows whether the weight satisfies the pattern
 * @param columns whether its transpose does
 * @param firstViolation the first group that keeps too many, tile by tile, rows before columns;
 *     null if none does
 */
public record CheckedTensor(
        String name, boolean rows, boolean columns, @Nullable TensorViolation firstViolation) {

    /**
     * Returns whether both do.
     *
     * @return true if so
     */
    public boolean isTransposable() {
        return rows && columns;
    }

    /**
     * A group that keeps too many entries.
     *
     * @param direction "row" or "column"
     * @param tap the kernel tap
     * @param tileRow the number of the tile, counted down
     * @param tileColumn the number of the tile, counted to the right
     * @param row the row of the group's first entry
     * @param column the column of the group's first entry
     * @param kept the number of entries that it keeps
     */
    public record TensorViolation(
            String direction,
            int tap,
            long tileRow,
            int tileColumn,
            long row,
            int column,
            int kept) {

        static TensorViolation of(
                MaskChecker.Violation violation, long firstRow, NmPattern pattern) {
            long row = firstRow + violation.row();
            return new TensorViolation(
                    violation.direction().name().toLowerCase(Locale.ROOT),
                    violation.tap(),
                    row / pattern.m(),
                    violation.column() / pattern.m(),
                    row,
                    violation.column(),
                    violation.kept());
        }
    }
}
