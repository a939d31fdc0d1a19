package org.djlsparse.io;

/**
 * Cuts the rows of a compressed tensor into bands, which are worked on one by one. A band has about
 * {@value #BYTES} bytes, or one row where that is longer.
 *
 * @param rows the number of rows
 * @param most the number of rows of each band but the last
 */
record RowBands(long rows, int most) {

    private static final int BYTES = 1 << 20;

    static RowBands of(CompressedLayout layout) {
        long longest =
                Math.max(
                        layout.denseRowBytes(),
                        Math.max(layout.valueRowBytes(), layout.indexRowBytes()));
        return new RowBands(layout.rows(), (int) Math.max(1, BYTES / longest));
    }

    /** An array for any band's rows, of so many bytes each. */
    byte[] newArray(long rowBytes) {
        return new byte[Math.toIntExact(Math.min(most, rows) * rowBytes)];
    }

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
