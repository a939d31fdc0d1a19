package org.djlsparse.io;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * A file of weights, open for reading. Opening reads and checks the description of the tensors, not
 * their data.
 *
 * <p>Not thread-safe, except for {@link #read}. One thread may read several tensors at the same
 * time.
 */
public abstract class WeightFile implements Closeable {

    private final String location;

    WeightFile(String location) {
        this.location = location;
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
        return open(InputFile.of(path));
    }

    /**
     * Opens a file, wherever it is.
     *
     * @param file the file, as for {@link #open(Path)}; NumPy's formats are read only from {@link
     *     InputFile#of Java's file systems}
     * @return the file, to be closed
     * @throws WeightFileException as {@link #open(Path)}
     */
    public static WeightFile open(InputFile file) throws WeightFileException {
        FileFormat format = FileFormat.of(file.getLocation());
        try {
            return switch (format) {
                case SAFETENSORS -> openSafetensors(file);
                case SHARDED -> ShardedFile.openFile(file);
                case NPZ -> NpzFile.openFile(local(file));
                case NPY -> NpyFile.openFile(local(file));
            };
        } catch (IOException e) {
            throw WeightFileException.of(file.getLocation(), "cannot be read", e);
        }
    }

    private static Path local(InputFile file) throws IOException {
        if (!(file instanceof LocalFile local)) {
            throw WeightFileException.of(
                    file.getLocation(),
                    "must be .safetensors or .safetensors.index.json: other formats are read from"
                            + " local files only");
        }
        try (PositionedReader content = local.open()) {
            GitLfsPointer.refuse(file.getLocation(), content);
        }
        return local.path();
    }

    /**
     * Opens the tensors of one shard of a {@linkplain Shard#plan plan}, and only those files that
     * hold some of them.
     *
     * @param shard the shard, whose metadata the result has
     * @param files the file that holds each tensor, {@code .safetensors}; files with equal
     *     locations are opened once
     * @return the shard as a file of its own, to be closed; its location is that of the first file
     * @throws WeightFileException if a file cannot be read or lacks its tensor
     */
    public static WeightFile open(Shard shard, Function<TensorInfo, InputFile> files)
            throws WeightFileException {
        return ShardedFile.openShard(shard, files);
    }

    static WeightFile openSafetensors(InputFile file) throws IOException {
        return CloseAll.onFailure(
                file.open(),
                content -> {
                    GitLfsPointer.refuse(file.getLocation(), content);
                    return compressedOrPlain(SafetensorsFile.read(file.getLocation(), content));
                });
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
     * @return the path or the URI by which it was opened
     */
    public final String getLocation() {
        return location;
    }

    /**
     * Returns where a tensor is.
     *
     * @param tensor one of {@link #getTensors()}
     * @return the path or the URI of the file that holds it: of a shard, or {@link #getLocation()}
     * @throws IllegalArgumentException if the file has no such tensor
     */
    public String getLocation(TensorInfo tensor) {
        return location;
    }

    /**
     * Returns the size on the disk.
     *
     * @return the number of bytes; for a sharded checkpoint the sum of all shards and the index
     * @throws IOException if the system reports an error
     */
    public abstract long getSize() throws IOException;

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

    /**
     * Returns whether the file stores tensors compressed by their pattern.
     *
     * @return {@code true} for a {@link CompressedFile}, and for an index of which a shard is one
     */
    public boolean isCompressed() {
        return false;
    }

    /**
     * Returns how the tensors are stored.
     *
     * @return a description for each of {@link #getTensors()}: compressed or as it is
     */
    public List<StoredTensor> getStoredTensors() {
        return getTensors().stream().map(StoredTensor::dense).toList();
    }

    /**
     * Checks all data against its checksums, if the file has any, including transposes, which
     * decompressing alone does not read. Cost: one pass over the file.
     *
     * @throws WeightFileException if any byte is damaged
     * @throws IOException if the file cannot be read
     */
    public final void verify() throws IOException {
        for (TensorInfo tensor : getTensors()) {
            verify(tensor);
        }
    }

    /** Checks all data of a tensor against its checksums, if the file has any. */
    void verify(TensorInfo tensor) throws IOException {}

    final WeightFileException notRandomAccess() {
        return WeightFileException.of(
                location, "must be a plain .safetensors file, or an index of such files");
    }

    final IllegalArgumentException noSuchTensor(TensorInfo tensor) {
        return new IllegalArgumentException(location + ": no tensor \"" + tensor.name() + "\"");
    }

    @Override
    public abstract void close() throws IOException;
}
