package org.djlsparse.io;

import java.util.Arrays;

/** Puts the kept values of rows back into their places. */
final class GroupDecoder {

    private final String location;
    private final String name;
    private final CompressedLayout layout;
    private final int columns;
    private final int taps;
    private final int n;
    private final int m;
    private final int elementBytes;
    private final boolean bitmap;
    private final int indexBits;

    /**
     * Creates a decoder.
     *
     * @param location the file, for messages
     * @param name the tensor, for messages
     */
    GroupDecoder(String location, String name, CompressedLayout layout) {
        this.location = location;
        this.name = name;
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
     * Decompresses rows.
     *
     * @param firstRow the index of the first row, for messages
     * @param dense takes the rows; may be longer
     */
    void decode(byte[] values, byte[] indices, long firstRow, int rows, byte[] dense)
            throws WeightFileException {
        int groups = (int) layout.groups();
        int next = 0;
        Arrays.fill(dense, 0, (int) (rows * layout.denseRowBytes()), (byte) 0);
        for (int row = 0; row < rows; row++) {
            BitReader bits = new BitReader(indices, (int) (row * layout.indexRowBytes()));
            for (int tap = 0; tap < taps; tap++) {
                for (int group = 0; group < groups; group++) {
                    int column = group * m;
                    int first = (row * columns + column) * taps + tap;
                    String wrong =
                            bitmap
                                    ? decodeBitmap(bits, values, next, dense, first, column)
                                    : decodeIndices(bits, values, next, dense, first, column);
                    if (!wrong.isEmpty()) {
                        throw damaged(firstRow + row, tap, column, wrong);
                    }
                    next += n;
                }
            }
            if (!bits.endsWithZeros()) {
                throw damaged(firstRow + row, taps - 1, columns, "spare bits must be 0");
            }
        }
    }

    /** Decodes the indices of a group, and returns what is wrong; empty if nothing is. */
    private String decodeIndices(
            BitReader bits, byte[] values, int next, byte[] dense, int first, int column) {
        int last = -1;
        for (int k = 0; k < n; k++) {
            int place = bits.read(indexBits);
            if (place <= last || place >= m) {
                return "index " + place + " after " + last + ": must be larger, and below " + m;
            }
            last = place;
            if (!put(values, next + k, dense, first, place, column)) {
                return "has a value past the edge, at index " + place;
            }
        }
        return "";
    }

    private String decodeBitmap(
            BitReader bits, byte[] values, int next, byte[] dense, int first, int column) {
        int kept = 0;
        for (int place = 0; place < m; place++) {
            if (bits.read(1) == 0) {
                continue;
            }
            if (kept == n) {
                return "has more than " + n + " bits set";
            }
            if (!put(values, next + kept, dense, first, place, column)) {
                return "has a value past the edge, at index " + place;
            }
            kept++;
        }
        return kept == n ? "" : "has " + kept + " bits set, must have " + n;
    }

    /** Puts a value into its place; returns false if it lies past the edge and is not zero. */
    private boolean put(byte[] values, int from, byte[] dense, int first, int place, int column) {
        long value = ElementBits.get(values, from, elementBytes);
        if (place >= columns - column) {
            return value == 0;
        }
        ElementBits.put(dense, first + place * taps, elementBytes, value);
        return true;
    }

    private WeightFileException damaged(long row, int tap, int column, String what) {
        return WeightFileException.of(
                location,
                name,
                "is damaged: row "
                        + row
                        + ", column "
                        + column
                        + (taps > 1 ? ", tap " + tap : "")
                        + ": "
                        + what);
    }
}
