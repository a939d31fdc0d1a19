package org.djlsparse.io;

import java.io.IOException;

/** Writes tensors to a file, one after the other, in one of the formats. */
interface TensorSink {

    /** Begins the next tensor. */
    default void begin(TensorInfo tensor) throws IOException {}

    /** Writes some of the tensor's data. */
    void write(byte[] bytes, int offset, int length) throws IOException;

    /** Ends the tensor. */
    default void end() throws IOException {}

    /** Ends the file. */
    default void finish() throws IOException {}

    /** Frees resources of the sink, but does not close the file. */
    default void close() {}
}
