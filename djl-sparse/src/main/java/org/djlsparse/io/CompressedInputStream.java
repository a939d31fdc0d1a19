package org.djlsparse.io;

import java.io.IOException;
import java.io.OutputStream;
import java.security.MessageDigest;
import java.util.Objects;

/**
 * Decompresses a tensor, band by band and ahead of the reader. It compares the checksums of values
 * and indices before it returns the last band.
 */
final class CompressedInputStream extends BulkInputStream {

    private final String location;
    private final String name;
    private final byte[] valuesChecksum;
    private final byte[] indicesChecksum;
    private final MessageDigest valuesDigest = Sha256.newDigest();
    private final MessageDigest indicesDigest = Sha256.newDigest();
    private final Prefetch<Piece> pieces;
    private final CompressedLayout layout;
    private final RowBands bands;
    private long band;
    private byte[] dense = {};
    private int taken;
    private int end;

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Piece(byte[] values, byte[] indices, byte[] dense) {}

    /**
     * Creates a stream.
     *
     * @param name the tensor's name
     * @param checksums the checksums of values and indices
     */
    CompressedInputStream(
            WeightFile file,
            String name,
            CompressedLayout layout,
            TensorInfo values,
            TensorInfo indices,
            byte[][] checksums) {
        location = file.getLocation();
        this.name = name;
        valuesChecksum = checksums[0];
        indicesChecksum = checksums[1];
        this.layout = layout;
        bands = RowBands.of(layout);
        GroupDecoder decoder = new GroupDecoder(location, name, layout);
        pieces =
                new Prefetch<>(
                        bands.count(),
                        (index, used) -> {
                            Piece piece =
                                    used == null
                                            ? new Piece(
                                                    bands.newArray(layout.valueRowBytes()),
                                                    bands.newArray(layout.indexRowBytes()),
                                                    bands.newArray(layout.denseRowBytes()))
                                            : used;
                            return () -> {
                                int height = bands.height(index);
                                long row = bands.firstRow(index);
                                read(
                                        file,
                                        values,
                                        piece.values,
                                        layout.valueRowBytes(),
                                        row,
                                        height);
                                read(
                                        file,
                                        indices,
                                        piece.indices,
                                        layout.indexRowBytes(),
                                        row,
                                        height);
                                decoder.decode(
                                        piece.values, piece.indices, row, height, piece.dense);
                                return piece;
                            };
                        });
    }

    private static void read(
            WeightFile file,
            TensorInfo tensor,
            byte[] bytes,
            long rowBytes,
            long firstRow,
            int height)
            throws WeightFileException {
        file.read(tensor, firstRow * rowBytes, bytes, 0, (int) (height * rowBytes));
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        if (length == 0) {
            return 0;
        }
        if (taken == end && !readBand()) {
            return -1;
        }
        int part = Math.min(length, end - taken);
        System.arraycopy(dense, taken, bytes, offset, part);
        taken += part;
        return part;
    }

    @Override
    public long transferTo(OutputStream out) throws IOException {
        long transferred = 0;
        while (taken < end || readBand()) {
            out.write(dense, taken, end - taken);
            transferred += end - taken;
            taken = end;
        }
        return transferred;
    }

    /** Takes the next band, and returns whether there was one. */
    private boolean readBand() throws IOException {
        if (!pieces.hasNext()) {
            return false;
        }
        Piece piece = pieces.next();
        int height = bands.height(band++);
        valuesDigest.update(piece.values, 0, (int) (height * layout.valueRowBytes()));
        indicesDigest.update(piece.indices, 0, (int) (height * layout.indexRowBytes()));
        if (!pieces.hasNext()
                && !(MessageDigest.isEqual(valuesChecksum, valuesDigest.digest())
                        && MessageDigest.isEqual(indicesChecksum, indicesDigest.digest()))) {
            throw WeightFileException.of(location, name, CompressedFile.DAMAGED);
        }
        dense = piece.dense;
        end = (int) (height * layout.denseRowBytes());
        taken = 0;
        return true;
    }

    @Override
    public void close() {
        pieces.close();
    }
}
