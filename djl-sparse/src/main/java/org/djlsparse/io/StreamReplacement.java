package org.djlsparse.io;

import java.io.IOException;
import java.io.OutputStream;

/** A file that is written to a stream; whoever opened the stream puts it in its place. */
final class StreamReplacement implements Replacement, PositionedOutput {

    private final OutputStream out;
    private long written;

    StreamReplacement(OutputStream out) {
        this.out = out;
    }

    @Override
    public void writeAt(long position, byte[] bytes, int offset, int length) throws IOException {
        if (position != written) {
            throw new IllegalArgumentException(
                    "position " + position + ": must be " + written + ", in order");
        }
        out.write(bytes, offset, length);
        written += length;
    }

    @Override
    public void sync() throws IOException {
        out.flush();
    }

    @Override
    public void replace() {}

    @Override
    public void close() {}
}
