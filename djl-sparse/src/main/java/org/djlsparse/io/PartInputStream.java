package org.djlsparse.io;

import java.io.IOException;
import java.util.Objects;

/** A part of a file, read from its first byte to its last, independent of other streams. */
abstract class PartInputStream extends BulkInputStream {

    private long position;
    private final long end;

    PartInputStream(long position, long length) {
        this.position = position;
        end = position + length;
    }

    @Override
    public final int read(byte[] bytes, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        if (length == 0) {
            return 0;
        }
        if (position == end) {
            return -1;
        }
        int read = readAt(position, bytes, offset, (int) Math.min(length, end - position));
        position += read;
        return read;
    }

    /** Reads at least one and at most {@code most} bytes, and returns their number. */
    abstract int readAt(long from, byte[] bytes, int offset, int most) throws IOException;
}
