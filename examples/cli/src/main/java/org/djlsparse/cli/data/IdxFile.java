package org.djlsparse.cli.data;

import org.djlsparse.cli.InputException;
import org.jspecify.annotations.Nullable;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/**
 * An IDX file of bytes, the format of MNIST: a magic number, the dimensions, then the values.
 *
 * @param file the path of the file
 * @param dimensions the dimensions, the number of items first
 * @param values the values, row-major
 */
@SuppressWarnings("ArrayRecordComponent") // large, never compared
public record IdxFile(Path file, int[] dimensions, byte[] values) {

    private static final int UNSIGNED_BYTES = 0x08;

    /**
     * Reads a gzip-compressed file.
     *
     * @param file the file
     * @param rank the required number of dimensions
     * @return the content
     * @throws InputException if the file is missing, has another format, or ends early
     */
    public static IdxFile read(Path file, int rank) {
        if (!Files.isRegularFile(file)) {
            throw new InputException("data", file.getParent(), file + " is missing");
        }
        try (DataInputStream in =
                new DataInputStream(new GZIPInputStream(Files.newInputStream(file), 1 << 16))) {
            return read(in, file, rank);
        } catch (EOFException e) {
            throw broken(file, "ends early", e);
        } catch (ZipException e) {
            throw broken(file, "is not valid gzip: " + e.getMessage(), e);
        } catch (IOException e) {
            throw broken(file, "cannot be read: " + e.getMessage(), e);
        }
    }

    private static IdxFile read(DataInputStream in, Path file, int rank) throws IOException {
        int expected = UNSIGNED_BYTES << 8 | rank;
        int magic = in.readInt();
        if (magic != expected) {
            throw broken(
                    file,
                    String.format(
                            "has magic number 0x%08x, must have 0x%08x (IDX, unsigned bytes, %d"
                                    + " dimensions)",
                            magic, expected, rank),
                    null);
        }
        int[] dimensions = new int[rank];
        long size = 1;
        for (int i = 0; i < rank; i++) {
            dimensions[i] = in.readInt();
            if (dimensions[i] < 1 || dimensions[i] > Integer.MAX_VALUE / size) {
                throw broken(
                        file,
                        "has dimensions "
                                + Arrays.toString(Arrays.copyOf(dimensions, i + 1))
                                + ", must have at least 1 in each and fewer than 2^31 values",
                        null);
            }
            size *= dimensions[i];
        }
        // Not allocated in advance: a broken header must not demand gigabytes.
        byte[] values = in.readNBytes((int) size);
        if (values.length < size) {
            throw broken(
                    file,
                    "ends early: " + values.length + " of " + size + " values are there",
                    null);
        }
        if (in.read() >= 0) {
            throw broken(file, "goes on after its " + size + " values", null);
        }
        return new IdxFile(file, dimensions, values);
    }

    /**
     * Returns the number of items.
     *
     * @return the first dimension
     */
    public int count() {
        return dimensions[0];
    }

    /** Returns a file with some of the items. */
    IdxFile take(List<Integer> items) {
        int size = values.length / count();
        byte[] taken = new byte[items.size() * size];
        for (int i = 0; i < items.size(); i++) {
            System.arraycopy(values, items.get(i) * size, taken, i * size, size);
        }
        int[] shape = dimensions.clone();
        shape[0] = items.size();
        return new IdxFile(file, shape, taken);
    }

    private static InputException broken(Path file, String what, @Nullable Throwable cause) {
        return new InputException("data", file.getParent(), file.getFileName() + " " + what, cause);
    }
}
