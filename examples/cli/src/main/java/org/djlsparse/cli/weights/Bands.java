package org.djlsparse.cli.weights;

import org.djlsparse.cli.InputException;
import org.djlsparse.io.Prefetch;
import org.djlsparse.io.TensorInfo;
import org.djlsparse.io.WeightFile;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.mask.WeightShape;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.Callable;

/**
 * A tensor in bands of rows, a multiple of M of them but for the last, so that each tile lies in
 * one band. All processors work on bands ahead, each on its own; what they find is taken in order.
 */
final class Bands {

    /**
     * About so many entries, or M rows where these have more: what stays in a processor's cache.
     */
    private static final int ENTRIES = 1 << 18;

    /** Some below the largest array. */
    private static final long LARGEST_BAND_BYTES = Integer.MAX_VALUE - 8;

    /** What is needed for an entry beside its bytes: a score, a mask as bits and as bytes. */
    private static final int OTHER_BYTES = 4 + 1 + 1;

    /** What all bands in work may take. */
    private static final long MEMORY = 1 << 28;

    private final WeightFile file;
    private final TensorInfo tensor;
    private final long[] shape;
    private final int bandRows;
    private final int most;

    /** What is found out about a band. */
    @FunctionalInterface
    interface Work<T> {

        /** Called by any thread, for several bands at the same time. */
        T at(Band band);
    }

    /** Takes what was found out. */
    @FunctionalInterface
    interface Taker<T> {

        /** Called in order, by the thread that started the work. */
        void take(Band band, T found) throws IOException;
    }

    private record Done<T>(Band band, T found) {}

    Bands(WeightFile file, TensorInfo tensor, NmPattern pattern) {
        this(file, tensor, pattern, ENTRIES);
    }

    /**
     * Cuts a tensor.
     *
     * @param entries about how many a band shall have
     */
    Bands(WeightFile file, TensorInfo tensor, NmPattern pattern, int entries) {
        this.file = file;
        this.tensor = tensor;
        shape = tensor.shape();
        int elementBytes = tensor.type().getBytes();
        long rowEntries = tensor.getCount() / shape[0];
        long wholeTiles = Math.max(1, entries / pattern.m() / rowEntries);
        long rows = Math.min(shape[0], wholeTiles * pattern.m());
        if (rowEntries > LARGEST_BAND_BYTES / elementBytes / rows) {
            throw tooWide(pattern, LARGEST_BAND_BYTES + " bytes");
        }
        long memory = Runtime.getRuntime().maxMemory();
        if (rowEntries * rows > memory / (elementBytes + OTHER_BYTES)) {
            throw tooWide(pattern, "what fits into Java's " + (memory >> 20) + " MiB; raise -Xmx");
        }
        bandRows = (int) rows;
        long bandMemory = rowEntries * rows * (elementBytes + OTHER_BYTES);
        most = (int) Math.max(1, Math.min(MEMORY, memory / 2) / bandMemory);
    }

    private InputException tooWide(NmPattern pattern, String limit) {
        return new InputException(
                file.getPath()
                        + ": tensor \""
                        + tensor.name()
                        + "\": M = "
                        + pattern.m()
                        + " rows of "
                        + tensor.getCount() / shape[0]
                        + " entries: must be at most "
                        + limit);
    }

    /** The shape of the first band. */
    WeightShape getShape() {
        return shapeOf(bandRows);
    }

    private WeightShape shapeOf(int height) {
        long[] dimensions = shape.clone();
        dimensions[0] = height;
        return WeightShape.of(dimensions);
    }

    /** Reads the first band. */
    Band readFirst() throws IOException {
        Band band = new Band(getShape(), tensor.type().getBytes());
        try (InputStream in = file.newInputStream(tensor)) {
            read(in, band);
        }
        return band;
    }

    /** Reads all bands and works on them. */
    <T> void forEach(Work<T> work, Taker<T> taker) throws IOException {
        long count = (shape[0] - 1) / bandRows + 1;
        // What has no random access is read by one thread, from the first byte to the last.
        try (InputStream in = file.isRandomAccess() ? null : file.newInputStream(tensor);
                Prefetch<Done<T>> bands =
                        new Prefetch<>(
                                count, most, (index, used) -> begin(index, used, in, work))) {
            while (bands.hasNext()) {
                Done<T> done = bands.next();
                taker.take(done.band, done.found);
            }
        }
    }

    private <T> Callable<Done<T>> begin(
            long index, @Nullable Done<T> used, @Nullable InputStream in, Work<T> work)
            throws IOException {
        long firstRow = index * bandRows;
        Band band = used == null ? new Band(getShape(), tensor.type().getBytes()) : used.band;
        band.set(shapeOf((int) Math.min(bandRows, shape[0] - firstRow)), firstRow);
        if (in != null) {
            read(in, band);
        }
        return () -> {
            if (in == null) {
                int rowBytes = byteCount(band) / band.getShape().rows();
                file.read(tensor, firstRow * rowBytes, band.getBytes(), 0, byteCount(band));
            }
            return new Done<>(band, work.at(band));
        };
    }

    private void read(InputStream in, Band band) throws IOException {
        in.readNBytes(band.getBytes(), 0, byteCount(band)); // ends early only with an exception
    }

    /** The number of bytes of a band's data. */
    int byteCount(Band band) {
        return band.getShape().size() * tensor.type().getBytes();
    }
}
