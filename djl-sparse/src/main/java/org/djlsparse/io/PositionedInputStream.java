package org.djlsparse.io;

import java.io.IOException;

/** A part of an open file, read from its first byte to its last. */
final class PositionedInputStream extends PartInputStream {

    private final PositionedReader file;

    PositionedInputStream(PositionedReader file, long position, long length) {
        super(position, length);
        this.file = file;
    }

    /** Reads a whole file, which must fit into an array. */
    static byte[] readAll(PositionedReader file) throws IOException {
        byte[] bytes = new byte[Math.toIntExact(file.getLength())];
        file.read(0, bytes, 0, bytes.length);
        return bytes;
    }

    @Override
    int readAt(long from, byte[] bytes, int offset, int most) throws IOException {
        file.read(from, bytes, offset, most);
        return most;
    }
}
