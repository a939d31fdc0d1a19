package org.djlsparse.io;

import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipArchiveOutputStream;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * Writes a zip file of {@code .npy} files as {@code numpy.savez} does: entries stored as they are,
 * or deflated, with sizes and checksums in front of them, in the form that holds more than 4 GiB.
 * {@code java.util.zip} writes a stored entry only if its checksum is known in advance, and puts
 * the sizes of others behind their data, where readers that go forwards miss them.
 */
final class NpzSink implements TensorSink {

    private static final String NPY = FileFormat.NPY.getExtension();

    private final Zip zip;
    private final boolean deflated;

    /** A zip file that frees its native memory even if it is never finished. */
    private static final class Zip extends ZipArchiveOutputStream {

        Zip(ReplacementFile file) {
            super(new ReplacementChannel(file));
        }

        void free() {
            def.end();
        }
    }

    /** An entry with the access rights of NumPy's, and always the same time. */
    private static final class Entry extends ZipArchiveEntry {

        Entry(String name, int method) {
            super(name);
            setUnixMode(0600);
            setName(name); // with Unix's rights, backslashes stay
            setMethod(method);
        }

        /** Before 1980, which zip files have as the first of January 1980 in any time zone. */
        @Override
        public long getTime() {
            return 0;
        }
    }

    /**
     * Creates a sink.
     *
     * @param deflated whether entries shall be deflated
     */
    NpzSink(ReplacementFile file, boolean deflated) {
        zip = new Zip(file);
        this.deflated = deflated;
    }

    /**
     * Checks that an {@code .npz} can hold a tensor.
     *
     * @throws IllegalArgumentException if it cannot
     */
    static void check(TensorInfo tensor) {
        header(tensor);
        if (entryName(tensor).getBytes(StandardCharsets.UTF_8).length > 0xffff) {
            throw new IllegalArgumentException(
                    "tensor \"" + tensor.name() + "\": the name is too long for an .npz");
        }
        if (tensor.type() == ElementType.OPAQUE_ENTRY && tensor.name().endsWith(NPY)) {
            throw new IllegalArgumentException(
                    "tensor \"" + tensor.name() + "\": an entry that ends in .npy is an array");
        }
    }

    private static byte[] header(TensorInfo tensor) {
        return tensor.type() == ElementType.OPAQUE_ENTRY ? new byte[0] : NpyHeader.format(tensor);
    }

    private static String entryName(TensorInfo tensor) {
        return tensor.type() == ElementType.OPAQUE_ENTRY ? tensor.name() : tensor.name() + NPY;
    }

    @Override
    public void begin(TensorInfo tensor) throws IOException {
        byte[] header = header(tensor);
        boolean isEmpty = header.length + tensor.getByteCount() == 0;
        int method =
                deflated && !isEmpty
                        ? ZipArchiveOutputStream.DEFLATED
                        : ZipArchiveOutputStream.STORED;
        zip.putArchiveEntry(new Entry(entryName(tensor), method));
        write(header, 0, header.length);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        zip.write(bytes, offset, length);
    }

    @Override
    public void end() throws IOException {
        zip.closeArchiveEntry();
    }

    @Override
    public void finish() throws IOException {
        zip.close();
    }

    @Override
    public void close() {
        zip.free();
    }
}
