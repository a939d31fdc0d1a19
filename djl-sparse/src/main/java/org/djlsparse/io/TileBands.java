package org.djlsparse.io;

import org.djlsparse.mask.NmPattern;
import org.djlsparse.mask.WeightShape;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.Callable;

/**
 * A tensor in bands of rows. The height of each band but the last is a multiple of M, so that each
 * tile lies in one band. All processors work on bands ahead, each on its own; the results are taken
 * in order.
 */
final class TileBands {

    /** The usual number of entries of a band, which stay in a processor's cache. */
    private static final int ENTRIES = 1 << 18;

    /** A little below the largest array. */
    private static final long LARGEST_BAND_BYTES = Integer.MAX_VALUE - 8;

    /** The memory for an entry beside its bytes: a score, a mask as bits and as bytes. */
    private static final int OTHER_BYTES = 4 + 1 + 1;

    /** The memory for all bands in work. */
    private static final long MEMORY = 1 << 28;

    private final WeightFile file;
    private final TensorInfo tensor;
    private final long[] shape;
    private final RowBands bands;
    private final int most;

    /** Works on a band. */
    @FunctionalInterface
    interface Work<T> {

        /** Called by any thread, for several bands at the same time. */
        T at(TileBand band) throws IOException;
    }

    /** Takes the result of a band. */
    @FunctionalInterface
    interface Taker<T> {

        /** Called in order, by the thread that started the work. */
        void take(TileBand band, T result) throws IOException;
    }

    private record Done<T>(TileBand band, T result) {}

    /**
     * Cuts a tensor.
     *
     * @throws WeightFileException if M rows do not fit into an array or into memory
     */
    TileBands(WeightFile file, TensorInfo tensor, NmPattern pattern) throws WeightFileException {
        this.file = file;
        this.tensor = tensor;
        shape = tensor.shape();
        int elementBytes = tensor.type().getBytes();
        long rowEntries = tensor.getCount() / shape[0];
        long wholeTiles = Math.max(1, ENTRIES / pattern.m() / rowEntries);
        long rows = Math.min(shape[0], wholeTiles * pattern.m());
        if (rowEntries > LARGEST_BAND_BYTES / elementBytes / rows) {
            throw tooWide(pattern, LARGEST_BAND_BYTES + " bytes");
        }
        long memory = Runtime.getRuntime().maxMemory();
        if (rowEntries * rows > memory / (elementBytes + OTHER_BYTES)) {
            throw tooWide(pattern, "what fits into Java's " + (memory >> 20) + " MiB; raise -Xmx");
        }
        bands = new RowBands(shape[0], (int) rows);
        long bandMemory = rowEntries * rows * (elementBytes + OTHER_BYTES);
        most = (int) Math.max(1, Math.min(MEMORY, memory / 2) / bandMemory);
    }

    private WeightFileException tooWide(NmPattern pattern, String limit) {
        return WeightFileException.of(
                file.getLocation(tensor),
                tensor.name(),
                "M = "
                        + pattern.m()
                        + " rows of "
                        + tensor.getCount() / shape[0]
                        + " entries: must be at most "
                        + limit);
    }

    /** The shape of the first band. */
    WeightShape getShape() {
        return shapeOf(bands.height(0));
    }

    private WeightShape shapeOf(int height) {
        long[] dimensions = shape.clone();
        dimensions[0] = height;
        return WeightShape.of(dimensions);
    }

    /** Reads all bands and works on them. */
    <T> void forEach(Work<T> work, Taker<T> taker) throws IOException {
        // A file without random access is read by one thread, from the first byte to the last.
        try (InputStream in = file.isRandomAccess() ? null : file.newInputStream(tensor);
                Prefetch<Done<T>> all =
                        new Prefetch<>(
                                bands.count(),
                                most,
                                (index, used) -> begin(index, used, in, work))) {
            while (all.hasNext()) {
                Done<T> done = all.next();
                taker.take(done.band, done.result);
            }
        }
    }

    private <T> Callable<Done<T>> begin(
            long index, @Nullable Done<T> used, @Nullable InputStream in, Work<T> work)
            throws IOException {
        TileBand band =
                used == null ? new TileBand(getShape(), tensor.type().getBytes()) : used.band;
        band.set(shapeOf(bands.height(index)), bands.firstRow(index));
        if (in != null) {
            in.readNBytes(band.getBytes(), 0, byteCount(band)); // ends early only by an exception
        }
        return () -> {
            if (in == null) {
                int rowBytes = byteCount(band) / band.getShape().rows();
                file.read(
                        tensor, band.getFirstRow() * rowBytes, band.getBytes(), 0, byteCount(band));
            }
            return new Done<>(band, work.at(band));
        };
    }

    /** The number of bytes of a band's data. */
    int byteCount(TileBand band) {
        return band.getShape().size() * tensor.type().getBytes();
    }
}
