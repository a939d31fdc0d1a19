package org.djlsparse.examples.weights;

import org.djlsparse.examples.InputException;
import org.djlsparse.io.FloatDecoder;
import org.djlsparse.io.TensorInfo;
import org.djlsparse.io.WeightFile;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.mask.WeightShape;

import java.io.IOException;
import java.io.InputStream;

/**
 * Reads a tensor in bands of rows, a multiple of M of them but for the last, so that each tile lies
 * in one band. A band has about {@value #ENTRIES} entries, or M rows where these have more.
 */
final class Bands implements AutoCloseable {

    private static final int ENTRIES = 1 << 22;

    /** Some below the largest array. */
    private static final long LARGEST_BAND_BYTES = Integer.MAX_VALUE - 8;

    /** What is needed for an entry beside its bytes: a score, a mask as booleans and as bytes. */
    private static final int OTHER_BYTES = 4 + 1 + 1;

    private final long[] shape;
    private final long rows;
    private final int elementBytes;
    private final int bandRows;
    private final InputStream in;
    private final byte[] bytes;
    private WeightShape bandShape;
    private long firstRow;
    private long nextRow;
    private float[] values = {};

    Bands(WeightFile file, TensorInfo tensor, NmPattern pattern) throws IOException {
        shape = tensor.shape();
        rows = shape[0];
        elementBytes = tensor.type().getBytes();
        long rowEntries = tensor.getCount() / rows;
        long wholeTiles = Math.max(1, ENTRIES / pattern.m() / rowEntries);
        long most = Math.min(rows, wholeTiles * pattern.m());
        if (rowEntries > LARGEST_BAND_BYTES / elementBytes / most) {
            throw tooWide(file, tensor, pattern, LARGEST_BAND_BYTES + " bytes");
        }
        long memory = Runtime.getRuntime().maxMemory();
        if (rowEntries * most > memory / (elementBytes + OTHER_BYTES)) {
            String limit = "what fits into Java's " + (memory >> 20) + " MiB; raise -Xmx";
            throw tooWide(file, tensor, pattern, limit);
        }
        bandRows = (int) most;
        bandShape = shapeOf(bandRows);
        bytes = new byte[bandShape.size() * elementBytes];
        in = file.newInputStream(tensor);
    }

    private static InputException tooWide(
            WeightFile file, TensorInfo tensor, NmPattern pattern, String limit) {
        return new InputException(
                file.getPath()
                        + ": tensor \""
                        + tensor.name()
                        + "\": M = "
                        + pattern.m()
                        + " rows of "
                        + tensor.getCount() / tensor.shape()[0]
                        + " entries: must be at most "
                        + limit);
    }

    private WeightShape shapeOf(int height) {
        long[] dimensions = shape.clone();
        dimensions[0] = height;
        return WeightShape.of(dimensions);
    }

    /** Reads the next band; false if there is none. */
    boolean next() throws IOException {
        if (nextRow == rows) {
            return false;
        }
        firstRow = nextRow;
        int height = (int) Math.min(bandRows, rows - firstRow);
        bandShape = shapeOf(height);
        nextRow += height;
        in.readNBytes(bytes, 0, getByteCount()); // ends early only with an exception
        return true;
    }

    /** The shape of the band; before the first, that of the first. */
    WeightShape getShape() {
        return bandShape;
    }

    /** The tensor's row at which the band begins. */
    long getFirstRow() {
        return firstRow;
    }

    /** The band's data, from index 0 on; the array may be longer. It may be changed. */
    byte[] getBytes() {
        return bytes;
    }

    int getByteCount() {
        return bandShape.size() * elementBytes;
    }

    /** Decodes the band into an array that the next call fills anew. */
    float[] decode(FloatDecoder decoder) {
        decoder.decode(bytes, bandShape.size(), values());
        return values;
    }

    /** Decodes the band's zeros, as the decoder does, into the same array. */
    float[] decodeNonZeros(FloatDecoder decoder) {
        decoder.decodeNonZeros(bytes, bandShape.size(), values());
        return values;
    }

    private float[] values() {
        if (values.length != bandShape.size()) {
            values = new float[bandShape.size()];
        }
        return values;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
