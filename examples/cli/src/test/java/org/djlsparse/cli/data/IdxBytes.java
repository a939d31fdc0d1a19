package org.djlsparse.cli.data;

import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;

/** Writes small IDX files, good and broken. */
public final class IdxBytes {

    private IdxBytes() {}

    /** Writes a magic number, dimensions and a number of zeros. */
    public static Path write(Path file, int magic, int values, int... dimensions)
            throws IOException {
        try (OutputStream out = Files.newOutputStream(file);
                DataOutputStream data = new DataOutputStream(new GZIPOutputStream(out))) {
            data.writeInt(magic);
            for (int dimension : dimensions) {
                data.writeInt(dimension);
            }
            data.write(new byte[values]);
        }
        return file;
    }

    /** Writes the four files of MNIST, all images black and all labels 0. */
    public static void writeMnist(Path folder, int images) throws IOException {
        for (String part : new String[] {"train", "t10k"}) {
            write(
                    folder.resolve(part + "-images-idx3-ubyte.gz"),
                    0x803,
                    images * 28 * 28,
                    images,
                    28,
                    28);
            write(folder.resolve(part + "-labels-idx1-ubyte.gz"), 0x801, images, images);
        }
    }
}
