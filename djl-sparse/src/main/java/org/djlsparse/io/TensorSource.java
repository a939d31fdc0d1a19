package org.djlsparse.io;

import java.io.IOException;
import java.io.OutputStream;

/**
 * A tensor that is written piece by piece, so that it need not fit into memory.
 *
 * @param tensor its description
 * @param data writes its data
 */
public record TensorSource(TensorInfo tensor, Data data) {

    /** Writes the data of a tensor. */
    @FunctionalInterface
    public interface Data {

        /**
         * Writes the elements in row-major order, each in the tensor's byte order.
         *
         * @param out takes exactly {@link TensorInfo#getByteCount()} bytes; must not be closed
         * @throws IOException if writing fails
         */
        void writeTo(OutputStream out) throws IOException;
    }
}
