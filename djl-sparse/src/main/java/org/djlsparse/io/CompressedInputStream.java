package org.djlsparse.io;

import java.io.IOException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Objects;

/**
 * Decompresses a tensor, band by band and ahead of the reader, and compares the checksums of values
 * and indices before it gives the last band.
 */
final class CompressedInputStream extends BulkInputStream {

    private final Path path;
    private final String name;
    private final byte[] valuesChecksum;
    private final byte[] indicesChecksum;
    private final MessageDigest valuesDigest = Sha256.newDigest();
    private final MessageDigest indicesDigest = Sha256.newDigest();
    private final Prefetch<Piece> pieces;
    private byte[] dense = {};
    private int taken;

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Piece(byte[] values, byte[] indices, byte[] dense) {}

    /**
     * Creates a stream.
     *
     * @param name the tensor's name
     * @param checksums those of values and indices
     */
    CompressedInputStream(
            WeightFile file,
            String name,
            CompressedLayout layout,
            TensorInfo values,
            TensorInfo indices,
            byte[][] checksums) {
        path = file.getPath();
        this.name = name;
        valuesChecksum = checksums[0];
        indicesChecksum = checksums[1];
        RowBands bands = RowBands.of(layout);
        GroupDecoder decoder = new GroupDecoder(path, name, layout);
        pieces =
                new Prefetch<>(
                        bands.count(),
                        band -> {
                            int height = bands.height(band);
                            long row = bands.firstRow(band);
                            Piece piece =
                                    new Piece(
                                            part(file, values, layout.valueRowBytes(), row, height),
                                            part(
                                                    file,
                                                    indices,
                                                    layout.indexRowBytes(),
                                                    row,
                                                    height),
                                            new byte[(int) (height * layout.denseRowBytes())]);
                            decoder.decode(piece.values, piece.indices, row, height, piece.dense);
                            return piece;
                        });
    }

    private static byte[] part(
            WeightFile file, TensorInfo tensor, long rowBytes, long firstRow, int height)
            throws WeightFileException {
        byte[] bytes = new byte[(int) (height * rowBytes)];
        file.read(tensor, firstRow * rowBytes, bytes, 0, bytes.length);
        return bytes;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        if (length == 0) {
            return 0;
        }
        if (taken == dense.length) {
            if (!pieces.hasNext()) {
                return -1;
            }
            dense = nextDense();
            taken = 0;
        }
        int part = Math.min(length, dense.length - taken);
        System.arraycopy(dense, taken, bytes, offset, part);
        taken += part;
        return part;
    }

    private byte[] nextDense() throws IOException {
        Piece piece = pieces.next();
        valuesDigest.update(piece.values);
        indicesDigest.update(piece.indices);
        if (!pieces.hasNext()
                && !(MessageDigest.isEqual(valuesChecksum, valuesDigest.digest())
                        && MessageDigest.isEqual(indicesChecksum, indicesDigest.digest()))) {
            throw WeightFileException.of(path, name, CompressedFile.DAMAGED);
        }
        return piece.dense;
    }

    @Override
    public void close() {
        pieces.close();
    }
}
