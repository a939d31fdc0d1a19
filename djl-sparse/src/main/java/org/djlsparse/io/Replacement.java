package org.djlsparse.io;

import java.io.Closeable;
import java.io.IOException;

/** Files that are written under temporary names and then take their places. */
interface Replacement extends Closeable {

    /** Brings all written data to the disk. */
    void sync() throws IOException;

    /** Puts the files in their places. */
    void replace() throws IOException;

    /** Deletes the files that have not taken their places. */
    @Override
    void close() throws IOException;
}
