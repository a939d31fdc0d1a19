package org.djlsparse.io;

import java.io.IOException;
import java.util.Objects;

/** A part of a mapped file, from its first byte to its last. */
final class MappedInputStream extends BulkInputStream {

    private final MappedFile file;
    private long position;
    private final long end;

    MappedInputStream(MappedFile file, long position, long length) {
        this.file = file;
        this.position = position;
        end = position + length;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        if (length == 0) {
            return 0;
        }
        if (position == end) {
            return -1;
        }
        int read = (int) Math.min(length, end - position);
        file.read(position, bytes, offset, read);
        position += read;
        return read;
    }
}
