package org.djlsparse.io;

import java.io.IOException;
import java.io.InputStream;

/** A stream that reads many bytes at a time; one byte is an array of one. */
abstract class BulkInputStream extends InputStream {

    @Override
    public final int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    // The other way round than in InputStream.
    @Override
    public abstract int read(byte[] bytes, int offset, int length) throws IOException;
}
