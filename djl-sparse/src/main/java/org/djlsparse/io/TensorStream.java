package org.djlsparse.io;

import java.io.IOException;
import java.io.OutputStream;

/** A stream that takes the data of one tensor, no more and no less. */
final class TensorStream extends OutputStream {

    private final TensorInfo tensor;
    private final WeightFileWriter writer;
    private long left;

    TensorStream(TensorInfo tensor, WeightFileWriter writer) {
        this.tensor = tensor;
        this.writer = writer;
        left = tensor.getByteCount();
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        if (length > left) {
            throw wrong(length - left + " bytes more");
        }
        writer.write(bytes, offset, length);
        left -= length;
    }

    /** Checks that the tensor has all its data. */
    void checkEnd() {
        if (left > 0) {
            throw wrong(left + " bytes fewer");
        }
    }

    private IllegalArgumentException wrong(String what) {
        return new IllegalArgumentException(
                "tensor \""
                        + tensor.name()
                        + "\": its source has "
                        + what
                        + " than its "
                        + tensor.getByteCount());
    }
}
