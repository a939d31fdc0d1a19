package org.djlsparse.io;

import java.io.Closeable;
import java.io.IOException;

/** The content of an open file, which is read at any position. Thread-safe. */
public interface PositionedReader extends Closeable {

    /**
     * Returns the length of the file when it was opened.
     *
     * @return the number of bytes
     */
    long getLength();

    /**
     * Reads a part of the file.
     *
     * @param position the position of its first byte
     * @param bytes takes the part
     * @param offset the index of its first byte in {@code bytes}
     * @param length the number of bytes, all of which lie within {@link #getLength()}
     * @throws IOException if the part cannot be read, such as if the file was cut meanwhile
     */
    void read(long position, byte[] bytes, int offset, int length) throws IOException;
}
