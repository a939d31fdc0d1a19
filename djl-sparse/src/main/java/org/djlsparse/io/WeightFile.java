package org.djlsparse.io;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A file of weights, open for reading. Opening reads and checks all that the file says about its
 * tensors, not their data.
 *
 * <p>For one thread, {@link #read} apart, but several tensors may be read at the same time.
 */
public abstract class WeightFile implements Closeable {

    private final Path path;

    WeightFile(Path path) {
        this.path = path;
    }

    /**
     * Opens a file; its extension tells the format. A {@link CompressedFile} reads like the weights
     * that it stands for, and the index of a sharded checkpoint like one file with all its tensors.
     *
     * @param path the file: {@code .safetensors}, {@code .npz}, {@code .npy}, or an index that ends
     *     in {@code .safetensors.index.json}, or in a variant of it such as {@code
     *     .safetensors.index.fp16.json}
     * @return the file, to be closed
     * @throws WeightFileException if there is no such file, it cannot be read, it is damaged or not
     *     of its format, it is a Git LFS pointer, or a shard lacks what the index says it has
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
     * Returns where the file is.
     *
     * @return the path that it was opened by
     */
    public final Path getPath() {
        return path;
    }

    /**
     * Returns the size on the disk.
     *
     * @return the number of bytes; for a sharded checkpoint of all shards and the index
     * @throws IOException if the system does not say
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
     * Returns what a safetensors file says beside its tensors.
     *
     * @return the entries of its {@code __metadata__}, in order; for a sharded checkpoint those of
     *     the index, each as JSON, but the total size; empty for NumPy's formats
     */
    public Map<String, String> getMetadata() {
        return Map.of();
    }

    /**
     * Returns the files over which a checkpoint is spread.
     *
     * @return the shards, whose tensors are, in order, {@link #getTensors()}; empty for one file
     */
    public List<Shard> getShards() {
        return List.of();
    }

    /**
     * Returns what is odd about the file, though it can be read: tensors that the shards of a
     * checkpoint hold and that are left out, since the index has them in another shard or not at
     * all.
     *
     * @return sentences that name the file and the tensors; empty if there is nothing
     */
    public List<String> getWarnings() {
        return List.of();
    }

    /**
     * Returns whether the file compresses its tensors, as {@code numpy.savez_compressed} does.
     *
     * @return true if it is an {@code .npz} with a compressed entry
     */
    public boolean isDeflated() {
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

    /**
     * Returns whether {@link #read} works: of plain safetensors files and their shards.
     *
     * @return true if so
     */
    public boolean isRandomAccess() {
        return false;
    }

    /**
     * Reads any part of a tensor's data, in any thread, if {@link #isRandomAccess} says so.
     *
     * @param tensor one of {@link #getTensors()}
     * @param position where the part begins in the tensor's data
     * @param bytes where to put it
     * @param offset where it shall begin there
     * @param length the number of bytes
     * @throws WeightFileException if the data cannot be read
     * @throws IndexOutOfBoundsException if the tensor, or the array, has not so many bytes
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
