package org.djlsparse.io;

import java.io.Closeable;
import java.io.IOException;

/** Files that are written under other names, and then take their places. */
interface Replacement extends Closeable {

    /** Brings all that was written to the disk. */
    void sync() throws IOException;

    /** Puts the files in their places. */
    void replace() throws IOException;

    /** Deletes what was written, unless it is in its place. */
    @Override
    void close() throws IOException;
}
