package org.djlsparse.io;

import java.io.IOException;

/** A part of a mapped file. */
final class MappedInputStream extends PartInputStream {

    private final MappedFile file;

    MappedInputStream(MappedFile file, long position, long length) {
        super(position, length);
        this.file = file;
    }

    @Override
    int readAt(long from, byte[] bytes, int offset, int most) throws IOException {
        file.read(from, bytes, offset, most);
        return most;
    }
}
