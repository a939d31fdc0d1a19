package org.djlsparse.io;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Objects;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * The data of an entry of an {@code .npz}. At its end it compares the entry's checksum, which
 * {@code java.util.zip.ZipFile} does not.
 */
final class NpzInputStream extends BulkInputStream {

    private final Path path;
    private final String name;
    private final long expected;
    private final InputStream in;
    private final CRC32 checksum = new CRC32();
    private long left;

    NpzInputStream(Path path, ZipFile zip, ZipEntry entry, NpyHeader header)
            throws WeightFileException {
        this.path = path;
        name = header.tensor().name();
        expected = entry.getCrc();
        left = header.tensor().getByteCount();
        try {
            in = zip.getInputStream(entry);
            checksum.update(in.readNBytes(header.dataStart()));
        } catch (IOException e) {
            throw damaged(e);
        }
        if (left == 0) {
            checkEnd();
        }
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        if (length == 0) {
            return 0;
        }
        if (left == 0) {
            return -1;
        }
        int read;
        try {
            read = in.read(bytes, offset, (int) Math.min(length, left));
        } catch (IOException e) {
            throw damaged(e);
        }
        if (read < 0) {
            throw WeightFileException.of(path, name, "ends " + left + " bytes early");
        }
        checksum.update(bytes, offset, read);
        left -= read;
        if (left == 0) {
            checkEnd();
        }
        return read;
    }

    private void checkEnd() throws WeightFileException {
        try {
            if (in.read() >= 0) {
                throw WeightFileException.of(path, name, "goes on after its data");
            }
        } catch (IOException e) {
            throw damaged(e);
        }
        if (checksum.getValue() != expected) {
            throw WeightFileException.of(path, name, "is damaged: its checksum differs");
        }
    }

    private WeightFileException damaged(IOException e) {
        return WeightFileException.of(path, "tensor \"" + name + "\" is damaged", e);
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
