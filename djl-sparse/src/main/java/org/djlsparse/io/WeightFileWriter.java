package org.djlsparse.io;

import org.jspecify.annotations.Nullable;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * Writes a file of weights. The list of tensors comes first, then the data of all of them in that
 * order, piece by piece:
 *
 * <pre>{@code
 * try (WeightFileWriter writer = WeightFileWriter.create(path, tensors, Map.of(), false)) {
 *     writer.write(bytes, 0, bytes.length);
 *     ...
 *     writer.complete();
 *     writer.replace();
 * }
 * }</pre>
 *
 * <p>The data goes to a temporary file in the same folder. {@link #replace} puts it in its place in
 * one step. Without that, {@link #close} deletes it and an older file stays as it was. Not
 * thread-safe.
 */
public final class WeightFileWriter implements Closeable {

    private final List<TensorInfo> tensors;
    private final Replacement file;
    private final TensorSink sink;
    private int next;
    private @Nullable TensorInfo current;
    private long left;
    private boolean complete;

    private WeightFileWriter(List<TensorInfo> tensors, Replacement file, TensorSink sink) {
        this.tensors = List.copyOf(tensors);
        this.file = file;
        this.sink = sink;
    }

    /**
     * Starts to write a file. Its extension tells the format.
     *
     * @param path the file: {@code .safetensors}, {@code .npz} or {@code .npy}, or the index of a
     *     checkpoint of one shard, {@code .safetensors.index.json}; a file that is there is
     *     replaced
     * @param tensors its tensors, at least one, with different names
     * @param metadata the metadata of a safetensors file; other formats leave it out
     * @param deflated whether to deflate the entries of an {@code .npz}
     * @return the writer, to be closed
     * @throws WeightFileException if the file cannot be written there: the extension is unknown,
     *     the folder missing, or writing forbidden
     * @throws IOException if writing fails
     * @throws IllegalArgumentException if the format cannot hold these tensors: no tensor or one
     *     too many, a type or byte order that it lacks, a name that is used twice or too long
     */
    public static WeightFileWriter create(
            Path path, List<TensorInfo> tensors, Map<String, String> metadata, boolean deflated)
            throws IOException {
        FileFormat format = FileFormat.of(path);
        check(format, tensors);
        if (format == FileFormat.SHARDED) {
            return createSharded(path, List.of(new Shard(tensors, metadata)), Map.of());
        }
        return begin(
                tensors,
                ReplacementFile.create(path),
                file ->
                        switch (format) {
                            case NPZ -> new NpzSink(file, deflated);
                            case NPY -> new NpySink(file);
                            default -> new SafetensorsSink(file, tensors, metadata);
                        });
    }

    /**
     * Starts to write a checkpoint of several shards. They are named as Hugging Face names them:
     * for the index {@code x.safetensors.index.json} the second of three is {@code
     * x-00002-of-00003.safetensors}. When all shards are complete, {@link #replace} puts them in
     * their places one after the other, and the index last. Then it deletes the shards of an index
     * that was there before, unless they have the same names, or another index in the folder names
     * them.
     *
     * @param index the file of the index, which ends in {@code .safetensors.index.json} or a
     *     variant
     * @param shards the content of each shard; data is written in the order of the shards
     * @param metadata the metadata of the index by key, each value as JSON; the total size is added
     * @return the writer, to be closed
     * @throws WeightFileException if the files cannot be written there
     * @throws IOException if writing fails
     * @throws IllegalArgumentException if there is no shard, a name is used twice, or safetensors
     *     cannot hold a tensor
     */
    public static WeightFileWriter createSharded(
            Path index, List<Shard> shards, Map<String, String> metadata) throws IOException {
        FileFormat.SHARDED.check(index);
        List<TensorInfo> tensors = new ArrayList<>();
        shards.forEach(shard -> tensors.addAll(shard.tensors()));
        check(FileFormat.SHARDED, tensors);
        byte[] text = ShardIndex.format(index.toString(), shards, metadata);
        return begin(
                tensors,
                ReplacementFiles.ofCheckpoint(index, shards.size()),
                files -> new ShardedSink(files.getFiles(), shards, text));
    }

    /**
     * Starts to write a safetensors file to a stream, which need not be of a file. {@link #replace}
     * does nothing.
     *
     * @param out takes the bytes in order, the last of them before {@link #complete} returns; it is
     *     flushed and stays open
     * @param tensors the tensors, at least one, with different names
     * @param metadata the metadata
     * @return the writer, to be closed
     * @throws IOException if writing fails
     * @throws IllegalArgumentException if safetensors cannot hold these tensors
     */
    public static WeightFileWriter create(
            OutputStream out, List<TensorInfo> tensors, Map<String, String> metadata)
            throws IOException {
        check(FileFormat.SAFETENSORS, tensors);
        return begin(
                tensors,
                new StreamReplacement(out),
                stream -> new SafetensorsSink(stream, tensors, metadata));
    }

    /**
     * Starts to write a file with the tensors and the metadata of another. If {@code path} is an
     * index, the file has the same shards as the other.
     *
     * @param path the file; its extension tells the format
     * @param like the other file
     * @return the writer, to be closed
     * @throws WeightFileException if the file cannot be written there
     * @throws IOException if writing fails
     * @throws IllegalArgumentException if the format cannot hold these tensors
     */
    public static WeightFileWriter createLike(Path path, WeightFile like) throws IOException {
        List<Shard> shards = like.getShards();
        if (!shards.isEmpty() && FileFormat.of(path) == FileFormat.SHARDED) {
            return createSharded(path, shards, like.getMetadata());
        }
        return create(path, like.getTensors(), Shard.mergeMetadata(like), like.isDeflated());
    }

    /**
     * Starts to write a checkpoint with the tensors and the metadata of a file, in {@linkplain
     * Shard#plan shards of limited size}.
     *
     * @param index the file of the index, as for {@link #createSharded}
     * @param like the file
     * @param mostBytes the most bytes of the tensors of a shard that has several, at least 1
     * @return the writer, to be closed
     * @throws WeightFileException if the files cannot be written there
     * @throws IOException if writing fails
     * @throws IllegalArgumentException if the limit is below 1, or safetensors cannot hold these
     *     tensors
     */
    public static WeightFileWriter createLike(Path index, WeightFile like, long mostBytes)
            throws IOException {
        return createSharded(index, Shard.plan(like, mostBytes), indexMetadata(like));
    }

    /** Returns the metadata of the index of a copy of a file. */
    static Map<String, String> indexMetadata(WeightFile file) {
        return file.getShards().isEmpty() ? Map.of() : file.getMetadata();
    }

    private static <F extends Replacement> WeightFileWriter begin(
            List<TensorInfo> tensors, F replacement, Function<F, TensorSink> sink)
            throws IOException {
        return CloseAll.onFailure(
                CloseAll.onFailure(
                        replacement, file -> new WeightFileWriter(tensors, file, sink.apply(file))),
                writer -> {
                    writer.advance();
                    return writer;
                });
    }

    private static void check(FileFormat format, List<TensorInfo> tensors) {
        if (tensors.isEmpty() || (format == FileFormat.NPY && tensors.size() > 1)) {
            throw new IllegalArgumentException(
                    tensors.size()
                            + " tensors: must be "
                            + (format == FileFormat.NPY ? "1" : "at least 1")
                            + " for "
                            + format.getExtension());
        }
        Set<String> names = new HashSet<>();
        for (TensorInfo tensor : tensors) {
            if (!names.add(tensor.name())) {
                throw new IllegalArgumentException(
                        "tensor \"" + tensor.name() + "\": the name appears twice");
            }
            if (!UnicodeText.isValid(tensor.name())) {
                throw new IllegalArgumentException(
                        "tensor \"" + tensor.name() + "\": the name is not valid Unicode");
            }
            switch (format) {
                case SAFETENSORS, SHARDED -> checkSafetensors(tensor);
                case NPZ -> NpzSink.check(tensor);
                case NPY -> NpySink.check(tensor);
            }
        }
    }

    private static void checkSafetensors(TensorInfo tensor) {
        ElementType type = tensor.type();
        if (tensor.name().equals(SafetensorsHeader.METADATA)) {
            throw new IllegalArgumentException(
                    "tensor \"" + tensor.name() + "\": safetensors keeps this name for itself");
        }
        if (type == ElementType.OPAQUE_ARRAY || type == ElementType.OPAQUE_ENTRY) {
            throw new IllegalArgumentException(
                    "tensor \""
                            + tensor.name()
                            + "\": safetensors has no type "
                            + tensor.typeName());
        }
        if (tensor.byteOrder() != ByteOrder.LITTLE_ENDIAN && type.getBits() > Byte.SIZE) {
            throw new IllegalArgumentException(
                    "tensor \"" + tensor.name() + "\": safetensors must be little-endian");
        }
    }

    /**
     * Writes the next part of the current tensor's data: elements in row-major order, in the
     * tensor's byte order. After a tensor's last byte comes the next tensor.
     *
     * @param bytes an array that holds the data
     * @param offset the index of its first byte
     * @param length the number of bytes
     * @throws IOException if writing fails
     * @throws IllegalArgumentException if the current tensor lacks fewer bytes
     */
    public void write(byte[] bytes, int offset, int length) throws IOException {
        if (length > left) {
            throw new IllegalArgumentException(
                    length
                            + " bytes for "
                            + (current == null ? "no tensor" : "tensor \"" + current.name() + "\"")
                            + ": must be at most the "
                            + left
                            + " that it lacks");
        }
        sink.write(bytes, offset, length);
        left -= length;
        if (left == 0 && length > 0) {
            advance();
        }
    }

    /**
     * Writes all data of the current tensor.
     *
     * @param source the tensor and its data
     * @throws IOException if writing fails
     * @throws IllegalArgumentException if the source does not write as many bytes as its tensor has
     */
    public void write(TensorSource source) throws IOException {
        TensorStream stream = new TensorStream(source.tensor(), this);
        source.data().writeTo(stream);
        stream.checkEnd();
    }

    /**
     * Copies the data of the current tensor from another file, piece by piece.
     *
     * @param file the other file
     * @param tensor the tensor there
     * @throws IOException if reading or writing fails
     * @throws IllegalArgumentException if the file has no such tensor, or its data does not fit the
     *     current one
     */
    public void copy(WeightFile file, TensorInfo tensor) throws IOException {
        try (InputStream in = file.newInputStream(tensor)) {
            write(new TensorSource(tensor, in::transferTo));
        }
    }

    /** Ends a complete tensor and empty tensors after it, and begins the next. */
    private void advance() throws IOException {
        while (left == 0) {
            if (current != null) {
                sink.end();
                current = null;
            }
            if (next == tensors.size()) {
                return;
            }
            current = tensors.get(next++);
            left = current.getByteCount();
            sink.begin(current);
        }
    }

    /**
     * Ends the file and flushes it to the disk, still under its temporary name. If several files
     * belong together, complete all of them before you put the first in its place.
     *
     * @throws IOException if writing fails
     * @throws IllegalStateException if a tensor's data is missing
     */
    public void complete() throws IOException {
        if (current != null) {
            throw new IllegalStateException(
                    "tensor \"" + current.name() + "\" lacks " + left + " bytes");
        }
        sink.finish();
        file.sync();
        complete = true;
    }

    /**
     * Puts the file in its place.
     *
     * @throws IOException if the system refuses
     * @throws IllegalStateException if the file is not {@link #complete}
     */
    public void replace() throws IOException {
        if (!complete) {
            throw new IllegalStateException("the file is not complete");
        }
        file.replace();
    }

    /**
     * Deletes the temporary file, if it is still there.
     *
     * @throws IOException if the system refuses
     */
    @Override
    public void close() throws IOException {
        sink.close();
        file.close();
    }
}
