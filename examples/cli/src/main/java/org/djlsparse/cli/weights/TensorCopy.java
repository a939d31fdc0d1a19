package org.djlsparse.cli.weights;

import org.djlsparse.io.TensorInfo;
import org.djlsparse.io.TensorSource;
import org.djlsparse.io.WeightFile;
import org.djlsparse.io.WeightFileWriter;

import java.io.IOException;
import java.io.InputStream;

/** Copies tensors as they are, piece by piece. */
final class TensorCopy {

    private TensorCopy() {}

    static void copy(WeightFile file, TensorInfo tensor, WeightFileWriter writer)
            throws IOException {
        try (InputStream in = file.newInputStream(tensor)) {
            writer.write(new TensorSource(tensor, in::transferTo));
        }
    }
}
