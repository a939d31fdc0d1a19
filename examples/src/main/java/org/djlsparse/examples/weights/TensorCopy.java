package org.djlsparse.examples.weights;

import org.djlsparse.io.TensorInfo;
import org.djlsparse.io.WeightFile;
import org.djlsparse.io.WeightFileWriter;

import java.io.IOException;
import java.io.InputStream;

/** Copies tensors as they are, piece by piece. */
final class TensorCopy {

    private static final int COPIED_AT_ONCE = 1 << 20;

    private TensorCopy() {}

    static void copy(WeightFile file, TensorInfo tensor, WeightFileWriter writer)
            throws IOException {
        byte[] bytes = new byte[(int) Math.min(COPIED_AT_ONCE, tensor.getByteCount())];
        try (InputStream in = file.newInputStream(tensor)) {
            for (long left = tensor.getByteCount(); left > 0; ) {
                int read = in.readNBytes(bytes, 0, (int) Math.min(bytes.length, left));
                writer.write(bytes, 0, read);
                left -= read;
            }
        }
    }
}
