package org.djlsparse.io;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A file of weights, open for reading. Opening reads and checks the description of the tensors, not
 * their data.
 *
 * <p>Not thread-safe, except for {@link #read}. One thread may read several tensors at the same
 * time.
 */
public abstract class WeightFile implements Closeable {

    private final Path path;

    WeightFile(Path path) {
        this.path = path;
    }

    /**
     * Opens a file. Its extension tells the format. A {@link CompressedFile} reads like the file
     * that was compressed, and the index of a sharded checkpoint like one file with all its
     * tensors.
     *
     * @param path the file: {@code .safetensors}, {@code .npz}, {@code .npy}, or an index that ends
     *     in {@code .safetensors.index.json}, or in a variant of it such as {@code
     *     .safetensors.index.fp16.json}
     * @return the file, to be closed
     * @throws WeightFileException if the file does not exist, cannot be read, is damaged or not of
     *     its format, is a Git LFS pointer, or a shard lacks a tensor that the index names
     */
    public static WeightFile open(Path path) throws WeightFileException {
        FileFormat format = FileFormat.of(path);
        if (!Files.exists(path)) {
            throw WeightFileException.of(path, "no such file");
        }
        if (!Files.isRegularFile(path)) {
            throw WeightFileException.of(
                    path,
                    Files.isDirectory(path)
                            ? "is a folder, must be a file"
                            : "is not a regular file");
        }
        try {
            GitLfsPointer.refuse(path);
            return switch (format) {
                case SAFETENSORS ->
                        CloseAll.onFailure(
                                SafetensorsFile.openFile(path), WeightFile::compressedOrPlain);
                case SHARDED -> ShardedFile.openFile(path);
                case NPZ -> NpzFile.openFile(path);
                case NPY -> NpyFile.openFile(path);
            };
        } catch (IOException e) {
            throw WeightFileException.of(path, "cannot be read", e);
        }
    }

    private static WeightFile compressedOrPlain(SafetensorsFile file) throws IOException {
        if (CompressedHeader.isCompressed(file)) {
            return new CompressedFile(file);
        }
        CompressedHeader.checkPlain(file);
        return file;
    }

    /**
     * Returns the path of the file.
     *
     * @return the path by which it was opened
     */
    public final Path getPath() {
        return path;
    }

    /**
     * Returns the size on the disk.
     *
     * @return the number of bytes; for a sharded checkpoint the sum of all shards and the index
     * @throws IOException if the system reports an error
     */
    public long getSize() throws IOException {
        return Files.size(path);
    }

    /**
     * Returns the tensors in the file's order.
     *
     * @return the tensors, with different names; none if the file has none
     */
    public abstract List<TensorInfo> getTensors();

    /**
     * Returns the metadata of a safetensors file.
     *
     * @return the entries of its {@code __metadata__}, in order; for a sharded checkpoint those of
     *     the index without the total size, each as JSON; empty for NumPy's formats
     */
    public Map<String, String> getMetadata() {
        return Map.of();
    }

    /**
     * Returns the shards of a checkpoint.
     *
     * @return the shards, whose tensors in order are {@link #getTensors()}; empty for a single file
     */
    public List<Shard> getShards() {
        return List.of();
    }

    /**
     * Returns warnings about a file that can be read: tensors in the shards of a checkpoint that
     * are left out, since the index has them in another shard or not at all.
     *
     * @return sentences that name the file and the tensors; empty if there are none
     */
    public List<String> getWarnings() {
        return List.of();
    }

    /**
     * Returns whether the file compresses its tensors, as {@code numpy.savez_compressed} does.
     *
     * @return {@code true} if it is an {@code .npz} with a deflated entry
     */
    public boolean isDeflated() {
        return false;
    }

    /**
     * Starts to read a tensor's data: its elements in row-major order, also if the file is
     * column-major, each in the tensor's byte order.
     *
     * @param tensor one of {@link #getTensors()}
     * @return a stream of exactly {@link TensorInfo#getByteCount()} bytes. Its {@code read} throws
     *     {@link WeightFileException} if the data is damaged
     * @throws WeightFileException if the data cannot be read
     * @throws IllegalArgumentException if the file has no such tensor
     */
    public abstract InputStream newInputStream(TensorInfo tensor) throws WeightFileException;

    /**
     * Returns whether {@link #read} works.
     *
     * @return {@code true} for plain safetensors files and indexes of such files
     */
    public boolean isRandomAccess() {
        return false;
    }

    /**
     * Reads any part of a tensor's data, in any thread, if {@link #isRandomAccess}.
     *
     * @param tensor one of {@link #getTensors()}
     * @param position the first byte of the part in the tensor's data
     * @param bytes takes the part
     * @param offset the index of its first byte in {@code bytes}
     * @param length the number of bytes
     * @throws WeightFileException if the data cannot be read
     * @throws IndexOutOfBoundsException if the tensor or the array is too short
     * @throws IllegalArgumentException if the file has no such tensor
     */
    public void read(TensorInfo tensor, long position, byte[] bytes, int offset, int length)
            throws WeightFileException {
        throw notRandomAccess();
    }

    final WeightFileException notRandomAccess() {
        return WeightFileException.of(
                path, "must be a plain .safetensors file, or an index of such files");
    }

    final IllegalArgumentException noSuchTensor(TensorInfo tensor) {
        return new IllegalArgumentException(path + ": no tensor \"" + tensor.name() + "\"");
    }

    @Override
    public abstract void close() throws IOException;
}
