package org.djlsparse.io;

import org.jspecify.annotations.Nullable;

/** Finds the kept values of rows, group by group. Each value but +0 is kept, -0 and NaN too. */
final class GroupEncoder {

    private final CompressedLayout layout;
    private final int columns;
    private final int taps;
    private final int n;
    private final int m;
    private final int elementBytes;

    GroupEncoder(CompressedLayout layout) {
        this.layout = layout;
        columns = Math.toIntExact(layout.columns());
        taps = Math.toIntExact(layout.taps());
        n = layout.pattern().n();
        m = layout.pattern().m();
        elementBytes = layout.type().getBytes();
    }

    /**
     * A group that keeps more than N values.
     *
     * @param row the row, counted from the first of those looked at
     * @param column the group's first column
     * @param tap the kernel tap
     * @param kept the number of values that it keeps
     * @param negativeZero whether one of them is -0
     */
    record Overfull(long row, int column, int tap, int kept, boolean negativeZero) {}

    /** The first group that keeps too many of some rows' values; null if none does. */
    @Nullable Overfull firstOverfull(byte[] dense, int rows) {
        for (int row = 0; row < rows; row++) {
            for (int tap = 0; tap < taps; tap++) {
                for (int column = 0; column < columns; column += m) {
                    if (count(dense, row, tap, column) > n) {
                        return overfull(dense, row, tap, column);
                    }
                }
            }
        }
        return null;
    }

    /** Compresses rows; the arrays for values and indices are as large as these, and zero. */
    @Nullable Overfull encode(byte[] dense, int rows, byte[] values, byte[] indices) {
        int groups = (int) layout.groups();
        int next = 0;
        for (int row = 0; row < rows; row++) {
            BitWriter bits = new BitWriter(indices, (int) (row * layout.indexRowBytes()));
            for (int tap = 0; tap < taps; tap++) {
                for (int group = 0; group < groups; group++) {
                    int column = group * m;
                    int kept = count(dense, row, tap, column);
                    if (kept > n) {
                        return overfull(dense, row, tap, column);
                    }
                    encodeGroup(dense, row, tap, column, n - kept, values, next, bits);
                    next += n;
                }
            }
            bits.finish();
        }
        return null;
    }

    private int count(byte[] dense, int row, int tap, int column) {
        int end = Math.min(columns - column, m);
        int index = (row * columns + column) * taps + tap;
        int kept = 0;
        for (int i = 0; i < end; i++, index += taps) {
            kept += ElementBits.get(dense, index, elementBytes) == 0 ? 0 : 1;
        }
        return kept;
    }

    private Overfull overfull(byte[] dense, int row, int tap, int column) {
        boolean negativeZero = false;
        for (int i = 0; i < m && column + i < columns; i++) {
            int index = (row * columns + column + i) * taps + tap;
            negativeZero |=
                    ElementBits.isNegativeZero(
                            ElementBits.get(dense, index, elementBytes), elementBytes);
        }
        return new Overfull(row, column, tap, count(dense, row, tap, column), negativeZero);
    }

    /**
     * Writes N values and their places.
     *
     * @param padding how many of the first places without a value are taken in, with +0
     */
    private void encodeGroup(
            byte[] dense,
            int row,
            int tap,
            int column,
            int padding,
            byte[] values,
            int next,
            BitWriter bits) {
        boolean bitmap = layout.isBitmap();
        int indexBits = layout.indexBits();
        int free = padding;
        int to = next;
        // Places past the edge have no value, and serve as padding.
        for (int i = 0; i < m && (bitmap || to < next + n); i++) {
            int index = (row * columns + column + i) * taps + tap;
            long value = i < columns - column ? ElementBits.get(dense, index, elementBytes) : 0;
            boolean taken = value != 0 || free > 0;
            if (value == 0 && taken) {
                free--;
            }
            if (taken) {
                ElementBits.put(values, to++, elementBytes, value);
            }
            if (bitmap) {
                bits.write(taken ? 1 : 0, 1);
            } else if (taken) {
                bits.write(i, indexBits);
            }
        }
    }
}
