package org.djlsparse.io;

/**
 * Cuts the rows of a tensor into bands, each of which is read and worked on as one piece.
 *
 * @param rows the number of rows
 * @param most the number of rows of each band but the last
 */
record RowBands(long rows, int most) {

    private static final int BYTES = 1 << 20;

    /**
     * Bands of about {@value #BYTES} bytes of a compressed tensor, or of one row if it is longer.
     */
    static RowBands of(CompressedLayout layout) {
        long longest =
                Math.max(
                        layout.denseRowBytes(),
                        Math.max(layout.valueRowBytes(), layout.indexRowBytes()));
        return new RowBands(layout.rows(), (int) Math.max(1, BYTES / longest));
    }

    /** Creates an array that holds any band whose rows have the given number of bytes. */
    byte[] newArray(long rowBytes) {
        return new byte[Math.toIntExact(Math.min(most, rows) * rowBytes)];
    }

    /** The number of bands. */
    long count() {
        return (rows + most - 1) / most;
    }

    long firstRow(long band) {
        return band * most;
    }

    int height(long band) {
        return (int) Math.min(most, rows - firstRow(band));
    }
}
