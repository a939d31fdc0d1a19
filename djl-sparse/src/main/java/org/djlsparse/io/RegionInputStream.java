package org.djlsparse.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/** A part of a file, read through its channel at explicit positions. */
final class RegionInputStream extends PartInputStream {

    /** The JDK keeps a direct buffer as large as the largest read. */
    private static final int LARGEST_READ = 1 << 20;

    private final Path path;
    private final FileChannel channel;

    RegionInputStream(Path path, FileChannel channel, long position, long length) {
        super(position, length);
        this.path = path;
        this.channel = channel;
    }

    @Override
    int readAt(long from, byte[] bytes, int offset, int most) throws IOException {
        int read;
        try {
            read = channel.read(ByteBuffer.wrap(bytes, offset, Math.min(most, LARGEST_READ)), from);
        } catch (IOException e) {
            throw WeightFileException.of(path, "cannot be read", e);
        }
        if (read < 0) {
            throw WeightFileException.of(path, "ends early: it was cut while being read");
        }
        return read;
    }
}
