package org.djlsparse.io;

import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;

/** Reads a tensor's data and compares its SHA-256 at the end. */
final class ChecksumInputStream extends BulkInputStream {

    private final String location;
    private final TensorInfo tensor;
    private final InputStream in;
    private final byte[] expected;
    private final String complaint;
    private final MessageDigest digest = Sha256.newDigest();
    private long left;

    /**
     * Creates a stream.
     *
     * @param in the tensor's data
     * @param expected its checksum
     * @param complaint the message if the checksums differ
     */
    ChecksumInputStream(
            String location, TensorInfo tensor, InputStream in, byte[] expected, String complaint) {
        this.location = location;
        this.tensor = tensor;
        this.in = in;
        this.expected = expected;
        this.complaint = complaint;
        left = tensor.getByteCount();
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        int read = in.read(bytes, offset, length);
        if (read > 0) {
            digest.update(bytes, offset, read);
            left -= read;
            if (left == 0 && !MessageDigest.isEqual(expected, digest.digest())) {
                throw WeightFileException.of(location, tensor.name(), complaint);
            }
        }
        return read;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
