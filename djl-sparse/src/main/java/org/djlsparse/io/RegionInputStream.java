package org.djlsparse.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Objects;

/** A part of a file, read at positions of its own, so that several can be read side by side. */
final class RegionInputStream extends BulkInputStream {

    /** The JDK keeps a direct buffer as large as the largest read. */
    private static final int LARGEST_READ = 1 << 20;

    private final Path path;
    private final FileChannel channel;
    private long position;
    private final long end;

    RegionInputStream(Path path, FileChannel channel, long position, long length) {
        this.path = path;
        this.channel = channel;
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
        int most = (int) Math.min(Math.min(length, LARGEST_READ), end - position);
        int read;
        try {
            read = channel.read(ByteBuffer.wrap(bytes, offset, most), position);
        } catch (IOException e) {
            throw WeightFileException.of(path, "cannot be read", e);
        }
        if (read < 0) {
            throw WeightFileException.of(path, "ends early: it was cut while being read");
        }
        position += read;
        return read;
    }
}
