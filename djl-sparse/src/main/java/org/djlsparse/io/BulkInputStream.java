package org.djlsparse.io;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/** A stream whose subclasses read arrays only; a single byte is read as an array of one. */
abstract class BulkInputStream extends InputStream {

    /** Stays in a processor's cache. */
    private static final int TRANSFERRED_AT_ONCE = 1 << 18;

    @Override
    public final int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    // In InputStream, arrays are read by single bytes instead.
    @Override
    public abstract int read(byte[] bytes, int offset, int length) throws IOException;

    @Override
    public long transferTo(OutputStream out) throws IOException {
        byte[] bytes = new byte[TRANSFERRED_AT_ONCE];
        long transferred = 0;
        int read;
        while ((read = read(bytes, 0, bytes.length)) >= 0) {
            out.write(bytes, 0, read);
            transferred += read;
        }
        return transferred;
    }
}
