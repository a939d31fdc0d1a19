package org.djlsparse.io;

import java.io.IOException;

/** Writes a single array. */
record NpySink(ReplacementFile file) implements TensorSink {

    /**
     * Checks that an {@code .npy} can hold a tensor.
     *
     * @throws IllegalArgumentException if it cannot
     */
    static void check(TensorInfo tensor) {
        NpyHeader.format(tensor);
    }

    @Override
    public void begin(TensorInfo tensor) throws IOException {
        file.write(NpyHeader.format(tensor));
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        file.write(bytes, offset, length);
    }
}
