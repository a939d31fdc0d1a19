package org.djlsparse.io;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;

/**
 * A file of weights, open for reading. Opening reads and checks all that the file says about its
 * tensors, not their data.
 *
 * <p>For one thread, but several tensors may be read at the same time.
 */
public abstract class WeightFile implements AutoCloseable {

    private final Path path;

    WeightFile(Path path) {
        this.path = path;
    }

    /**
     * Opens a file; its extension tells the format.
     *
     * @param path the file: {@code .safetensors}, {@code .npz} or {@code .npy}
     * @return the file, to be closed
     * @throws WeightFileException if there is no such file, it cannot be read, it is damaged or not
     *     of its format, or it holds a type that is not among {@link ElementType}
     */
    public static WeightFile open(Path path) throws WeightFileException {
        FileFormat format = FileFormat.of(path);
        if (!Files.exists(path)) {
            throw WeightFileException.of(path, "no such file");
        }
        if (!Files.isRegularFile(path)) {
            throw WeightFileException.of(
                    path, Files.isDirectory(path) ? "is a folder, must be a file" : "is no file");
        }
        WeightFile file;
        try {
            file =
                    switch (format) {
                        case SAFETENSORS -> SafetensorsFile.openFile(path);
                        case NPZ -> NpzFile.openFile(path);
                        case NPY -> NpyFile.openFile(path);
                    };
        } catch (WeightFileException e) {
            throw e;
        } catch (IOException e) {
            throw WeightFileException.of(path, "cannot be read", e);
        }
        return file;
    }

    /** Reads from a channel what a function makes of it; closes the channel if that fails. */
    static <T> T fromChannel(Path path, ChannelReader<T> reader) throws IOException {
        FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
        boolean done = false;
        try {
            T result = reader.read(channel);
            done = true;
            return result;
        } finally {
            if (!done) {
                channel.close();
            }
        }
    }

    /** Makes something of an open file. */
    @FunctionalInterface
    interface ChannelReader<T> {
        T read(FileChannel channel) throws IOException;
    }

    /**
     * Returns where the file is.
     *
     * @return the path that it was opened by
     */
    public final Path getPath() {
        return path;
    }

    /**
     * Returns the tensors in the file's order.
     *
     * @return at least one, with different names
     */
    public abstract List<TensorInfo> getTensors();

    /**
     * Returns what a safetensors file says beside its tensors.
     *
     * @return the entries of its {@code __metadata__}, in order; empty for NumPy's formats
     */
    public Map<String, String> getMetadata() {
        return Map.of();
    }

    /**
     * Returns whether the file compresses its tensors, as {@code numpy.savez_compressed} does.
     *
     * @return true if it is an {@code .npz} with a compressed entry
     */
    public boolean isCompressed() {
        return false;
    }

    /**
     * Starts to read a tensor's data: its elements in row-major order, whichever order the file
     * has, each in the tensor's byte order.
     *
     * @param tensor one of {@link #getTensors()}
     * @return a stream of exactly {@link TensorInfo#getByteCount()} bytes. Its {@code read} throws
     *     {@link WeightFileException} if the data is damaged
     * @throws WeightFileException if the data cannot be read
     * @throws IllegalArgumentException if the file has no such tensor
     */
    public abstract InputStream newInputStream(TensorInfo tensor) throws WeightFileException;

    final IllegalArgumentException noSuchTensor(TensorInfo tensor) {
        return new IllegalArgumentException(path + ": no tensor \"" + tensor.name() + "\"");
    }

    @Override
    public abstract void close() throws IOException;
}
