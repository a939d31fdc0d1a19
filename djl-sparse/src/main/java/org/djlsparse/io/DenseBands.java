package org.djlsparse.io;

/**
 * Reads a dense tensor's rows, or its columns as the rows of its transpose, band by band.
 * Thread-safe.
 */
final class DenseBands {

    private final WeightFile file;
    private final TensorInfo tensor;
    private final CompressedLayout layout;
    private final RowBands bands;
    private final boolean transposed;

    /**
     * Creates a reader.
     *
     * @param layout the layout of the tensor, whichever way it is read
     */
    DenseBands(WeightFile file, TensorInfo tensor, CompressedLayout layout, boolean transposed) {
        this.file = file;
        this.tensor = tensor;
        this.layout = transposed ? layout.transposed() : layout;
        this.transposed = transposed;
        bands = RowBands.of(this.layout);
    }

    /** The layout of the rows that are read. */
    CompressedLayout getLayout() {
        return layout;
    }

    RowBands getBands() {
        return bands;
    }

    /** Creates an array that holds any band. */
    byte[] newArray() {
        return bands.newArray(layout.denseRowBytes());
    }

    /** Reads a band into an array that may be longer. */
    void read(long band, byte[] dense) throws WeightFileException {
        int height = bands.height(band);
        if (transposed) {
            transpose(bands.firstRow(band), height, dense);
        } else {
            long rowBytes = layout.denseRowBytes();
            file.read(tensor, bands.firstRow(band) * rowBytes, dense, 0, (int) (height * rowBytes));
        }
    }

    /** Reads some columns of the tensor and transposes them. */
    private void transpose(long firstColumn, int width, byte[] dense) throws WeightFileException {
        int elementBytes = layout.type().getBytes();
        int taps = (int) layout.taps();
        int outputs = (int) layout.columns();
        byte[] stripe = new byte[width * taps * elementBytes];
        for (int output = 0; output < outputs; output++) {
            long first = (output * layout.rows() + firstColumn) * taps;
            file.read(tensor, first * elementBytes, stripe, 0, stripe.length);
            for (int column = 0; column < width; column++) {
                for (int tap = 0; tap < taps; tap++) {
                    ElementBits.put(
                            dense,
                            (column * outputs + output) * taps + tap,
                            elementBytes,
                            ElementBits.get(stripe, column * taps + tap, elementBytes));
                }
            }
        }
    }
}
