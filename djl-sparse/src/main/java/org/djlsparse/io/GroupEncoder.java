package org.djlsparse.io;

import org.djlsparse.mask.Mask;
import org.djlsparse.mask.MaskChecker;
import org.djlsparse.mask.WeightShape;
import org.jspecify.annotations.Nullable;

/** Finds the kept values of rows, group by group: all values but +0, that is, -0 and NaN too. */
final class GroupEncoder {

    private final CompressedLayout layout;
    private final int columns;
    private final int taps;
    private final int n;
    private final int m;
    private final int elementBytes;
    private final boolean bitmap;
    private final int indexBits;

    GroupEncoder(CompressedLayout layout) {
        this.layout = layout;
        columns = Math.toIntExact(layout.columns());
        taps = Math.toIntExact(layout.taps());
        n = layout.pattern().n();
        m = layout.pattern().m();
        elementBytes = layout.type().getBytes();
        bitmap = layout.isBitmap();
        indexBits = layout.indexBits();
    }

    /**
     * A group that keeps more than N values.
     *
     * @param row the row, counted from the first row given
     * @param column the group's first column
     * @param tap the kernel tap
     * @param kept the number of values that it keeps
     * @param negativeZero whether one of them is -0
     */
    record Overfull(long row, int column, int tap, int kept, boolean negativeZero) {}

    /** Returns the first group of some rows that keeps too many values; null if none does. */
    @Nullable Overfull firstOverfull(byte[] dense, int rows) {
        return firstOverfull(dense, values(dense, rows));
    }

    private Mask values(byte[] dense, int rows) {
        WeightShape shape = new WeightShape(rows, columns, taps);
        return ElementMask.ofSetBits(dense, elementBytes, -1, shape, layout.pattern());
    }

    private @Nullable Overfull firstOverfull(byte[] dense, Mask values) {
        if (MaskChecker.mostAlongRows(values, m) <= n) {
            return null;
        }
        long[] bits = newBits();
        for (int row = 0; row < values.getShape().rows(); row++) {
            for (int tap = 0; tap < taps; tap++) {
                for (int column = 0; column < columns; column += m) {
                    int kept = read(values, row, tap, column, bits);
                    if (kept > n) {
                        boolean negativeZero = hasNegativeZero(dense, row, tap, column);
                        return new Overfull(row, column, tap, kept, negativeZero);
                    }
                }
            }
        }
        throw new IllegalStateException("no group keeps more than " + n);
    }

    private boolean hasNegativeZero(byte[] dense, int row, int tap, int column) {
        boolean negativeZero = false;
        for (int i = 0; i < m && column + i < columns; i++) {
            negativeZero |=
                    ElementBits.isNegativeZero(
                            ElementBits.get(dense, index(row, tap, column + i), elementBytes),
                            elementBytes);
        }
        return negativeZero;
    }

    /** Compresses rows. All bytes of their values and indices are set. */
    @Nullable Overfull encode(byte[] dense, int rows, byte[] values, byte[] indices) {
        Mask mask = values(dense, rows);
        Overfull overfull = firstOverfull(dense, mask);
        if (overfull != null) {
            return overfull;
        }
        long[] bits = newBits();
        int next = 0;
        for (int row = 0; row < rows; row++) {
            BitWriter writer = new BitWriter(indices, (int) (row * layout.indexRowBytes()));
            for (int tap = 0; tap < taps; tap++) {
                for (int column = 0; column < columns; column += m) {
                    addZeros(bits, n - read(mask, row, tap, column, bits));
                    copyValues(dense, row, tap, column, bits, values, next);
                    writePlaces(bits, writer);
                    next += n;
                }
            }
            writer.finish();
        }
        return null;
    }

    /** Creates a bit for each place of a group. */
    private long[] newBits() {
        return new long[(m - 1) / Long.SIZE + 1];
    }

    /** Sets the bits of the places of a group that have a value, and returns their number. */
    private int read(Mask values, int row, int tap, int column, long[] bits) {
        int kept = 0;
        for (int word = 0; word < bits.length; word++) {
            int from = column + word * Long.SIZE;
            int count = Math.min(Long.SIZE, m - word * Long.SIZE);
            int aligned = from & -Long.SIZE;
            long part = 0;
            if (from < columns) {
                part = values.getBits(tap, row, aligned) >>> from;
            }
            if (from + count > aligned + Long.SIZE && aligned + Long.SIZE < columns) {
                part |= values.getBits(tap, row, aligned + Long.SIZE) << -from;
            }
            bits[word] = part & (-1L >>> (Long.SIZE - count));
            kept += Long.bitCount(bits[word]);
        }
        return kept;
    }

    private int index(int row, int tap, int column) {
        return (row * columns + column) * taps + tap;
    }

    /** Sets the bits of the first places without a value, which serve as padding. */
    private static void addZeros(long[] bits, int padding) {
        int word = 0;
        for (int left = padding; left > 0; left--) {
            while (bits[word] == -1) {
                word++;
            }
            bits[word] |= bits[word] + 1;
        }
    }

    /** Copies the values of places whose bit is set. Places past the edge have +0. */
    private void copyValues(
            byte[] dense, int row, int tap, int column, long[] bits, byte[] values, int next) {
        int first = index(row, tap, column);
        int width = columns - column;
        int to = next;
        for (int word = 0; word < bits.length; word++) {
            for (long rest = bits[word]; rest != 0; rest &= rest - 1) {
                int place = word * Long.SIZE + Long.numberOfTrailingZeros(rest);
                long value =
                        place < width
                                ? ElementBits.get(dense, first + place * taps, elementBytes)
                                : 0;
                ElementBits.put(values, to++, elementBytes, value);
            }
        }
    }

    private void writePlaces(long[] bits, BitWriter writer) {
        if (bitmap) {
            for (int place = 0; place < m; place += Integer.SIZE) {
                long part = bits[place / Long.SIZE] >>> place & 0xffffffffL;
                writer.write(part, Math.min(Integer.SIZE, m - place));
            }
            return;
        }
        for (int word = 0; word < bits.length; word++) {
            for (long rest = bits[word]; rest != 0; rest &= rest - 1) {
                int place = word * Long.SIZE + Long.numberOfTrailingZeros(rest);
                writer.write(place, indexBits);
            }
        }
    }
}
