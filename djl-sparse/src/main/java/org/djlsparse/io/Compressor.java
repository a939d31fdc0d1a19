package org.djlsparse.io;

import org.djlsparse.io.GroupEncoder.Overfull;
import org.djlsparse.mask.NmPattern;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * Writes a file of weights as a {@link CompressedFile}.
 *
 * <p>A tensor is compressed if every M consecutive inputs of each output keep at most N, tap by
 * tap, and if this makes it smaller. All values but +0 count as kept, -0 and NaN too, so that
 * decompressing restores the same bits.
 *
 * <p>Cost: all processors read the tensors twice, or three to four times for both ways. Memory does
 * not grow with the file: some bands of rows of 1 MiB, or single rows where they are longer.
 *
 * @param pattern the pattern
 * @param bothWays whether to store the transpose, too, of tensors that satisfy the pattern along
 *     the outputs as well
 */
public record Compressor(NmPattern pattern, boolean bothWays) {

    private static final int COPIED_AT_ONCE = 1 << 20;

    /**
     * Compresses a file. The compressed file takes its place when all of it is on the disk. If
     * {@code out} is an index, each shard of the file is compressed on its own.
     *
     * @param file the file: {@code .safetensors}, or the index of a sharded checkpoint
     * @param selected the tensors to compress; the others are stored as they are
     * @param out the file to write, which ends in {@code .safetensors}, or an index; a file that is
     *     there is replaced, and it may be the file itself
     * @return the outcome
     * @throws WeightFileException if {@code out} cannot be written, or the file to compress is
     *     damaged, of another format, compressed already, or has a tensor named {@code
     *     djl-sparse.sha256}
     * @throws IOException if a file cannot be read or written
     * @throws IllegalArgumentException if the file has no such tensor
     */
    public CompressionResult compress(WeightFile file, List<TensorInfo> selected, Path out)
            throws IOException {
        if (FileFormat.of(out) == FileFormat.SHARDED) {
            List<Shard> shards = file.getShards();
            return compress(
                    file,
                    selected,
                    shards.isEmpty() ? Shard.plan(file, Long.MAX_VALUE) : shards,
                    out);
        }
        FileFormat.SAFETENSORS.check(out);
        check(file, selected);
        try (ReplacementFile target = ReplacementFile.create(out)) {
            CompressionResult result =
                    compress(file, file.getTensors(), names(selected), header(file), target);
            target.sync();
            target.replace();
            return result;
        }
    }

    /**
     * Compresses a file to an index and shards of limited size, each compressed on its own.
     *
     * @param file the file
     * @param selected the tensors to compress; the others are stored as they are
     * @param index the index to write
     * @param mostBytes the most bytes of the tensors of a shard, before compression; see {@link
     *     Shard#plan}
     * @return the outcome
     * @throws WeightFileException see {@link #compress(WeightFile, List, Path)}
     * @throws IOException see {@link #compress(WeightFile, List, Path)}
     * @throws IllegalArgumentException if the file has no such tensor, or the limit is below 1
     */
    public CompressionResult compress(
            WeightFile file, List<TensorInfo> selected, Path index, long mostBytes)
            throws IOException {
        FileFormat.SHARDED.check(index);
        return compress(file, selected, Shard.plan(file, mostBytes), index);
    }

    /**
     * Compresses a file to a stream. Bytes that come before their turn, the indices of a tensor,
     * wait in a temporary file on the local disk.
     *
     * @param file the file, such as {@linkplain WeightFile#open(Shard, Function) one shard}
     * @param selected the tensors to compress; the others are stored as they are
     * @param out takes the bytes in order; it is flushed and stays open
     * @return the outcome
     * @throws WeightFileException see {@link #compress(WeightFile, List, Path)}
     * @throws IOException if reading or writing fails
     * @throws IllegalArgumentException if the file has no such tensor
     */
    public CompressionResult compress(WeightFile file, List<TensorInfo> selected, OutputStream out)
            throws IOException {
        check(file, selected);
        try (StreamOutput target = new StreamOutput(out)) {
            CompressionResult result =
                    compress(file, file.getTensors(), names(selected), header(file), target);
            target.finish();
            return result;
        }
    }

    private CompressionResult compress(
            WeightFile file, List<TensorInfo> selected, List<Shard> shards, Path index)
            throws IOException {
        check(file, selected);
        byte[] text =
                ShardIndex.format(index.toString(), shards, WeightFileWriter.indexMetadata(file));
        List<StoredTensor> tensors = new ArrayList<>();
        Map<String, String> reasons = new LinkedHashMap<>();
        Set<String> chosen = names(selected);
        try (ReplacementFiles targets = ReplacementFiles.ofCheckpoint(index, shards.size())) {
            for (int i = 0; i < shards.size(); i++) {
                Shard shard = shards.get(i);
                CompressionResult result =
                        compress(
                                file,
                                shard.tensors(),
                                chosen,
                                stored -> new CompressedHeader(shard.metadata(), List.of(), stored),
                                targets.getFiles().get(i));
                tensors.addAll(result.tensors());
                reasons.putAll(result.reasons());
            }
            targets.getFiles().get(shards.size()).write(text);
            targets.sync();
            targets.replace();
        }
        return new CompressionResult(tensors, reasons);
    }

    private static Function<List<StoredTensor>, CompressedHeader> header(WeightFile file) {
        return stored -> new CompressedHeader(file.getMetadata(), file.getShards(), stored);
    }

    private static void check(WeightFile file, List<TensorInfo> selected)
            throws WeightFileException {
        if (!file.isRandomAccess()) {
            throw file.notRandomAccess();
        }
        Set<String> names = names(file.getTensors());
        for (TensorInfo tensor : selected) {
            if (!names.contains(tensor.name())) {
                throw file.noSuchTensor(tensor);
            }
        }
        if (names.contains(CompressedHeader.CHECKSUM)) {
            throw WeightFileException.of(
                    file.getLocation(),
                    CompressedHeader.CHECKSUM,
                    "compressed files keep this name for themselves");
        }
    }

    private static Set<String> names(List<TensorInfo> tensors) {
        Set<String> names = new HashSet<>();
        tensors.forEach(tensor -> names.add(tensor.name()));
        return names;
    }

    /** Writes a compressed file of some tensors of a file. */
    private CompressionResult compress(
            WeightFile file,
            List<TensorInfo> all,
            Set<String> chosen,
            Function<List<StoredTensor>, CompressedHeader> header,
            PositionedOutput out)
            throws IOException {
        Map<String, String> reasons = new LinkedHashMap<>();
        List<StoredTensor> tensors = new ArrayList<>();
        Set<String> names = names(all);
        for (TensorInfo tensor : all) {
            String never = TensorChoice.rejection(tensor);
            if (never == null && !chosen.contains(tensor.name())) {
                never = "not chosen";
            }
            StoredTensor stored = StoredTensor.dense(tensor);
            if (never == null) {
                stored = choose(file, tensor, names, reasons);
            } else {
                reasons.put(tensor.name(), never);
            }
            tensors.add(stored);
            stored.getParts().forEach(part -> names.add(part.name()));
        }
        CompressedFileSink sink = new CompressedFileSink(out, header.apply(tensors));
        for (StoredTensor tensor : tensors) {
            if (tensor.pattern() == null) {
                copy(file, tensor.tensor(), sink.nextPart());
                continue;
            }
            encode(file, tensor, false, sink.nextPart(), sink.nextPart());
            if (tensor.bothWays()) {
                encode(file, tensor, true, sink.nextPart(), sink.nextPart());
            }
        }
        sink.finish();
        return new CompressionResult(tensors, reasons);
    }

    private StoredTensor choose(
            WeightFile file, TensorInfo tensor, Set<String> names, Map<String, String> reasons)
            throws IOException {
        StoredTensor along = new StoredTensor(tensor, pattern, false);
        String reason = whyDense(file, along, names);
        if (reason != null) {
            reasons.put(tensor.name(), reason);
            return StoredTensor.dense(tensor);
        }
        if (!bothWays) {
            return along;
        }
        StoredTensor both = new StoredTensor(tensor, pattern, true);
        reason = whyOneWay(file, both, names);
        if (reason != null) {
            reasons.put(tensor.name(), reason);
            return along;
        }
        return both;
    }

    private @Nullable String whyDense(WeightFile file, StoredTensor stored, Set<String> names)
            throws IOException {
        TensorInfo tensor = stored.tensor();
        CompressedLayout layout = CompressedLayout.of(tensor, pattern);
        if (!layout.hasShortRows()) {
            return "a row must have at most " + CompressedLayout.LARGEST_ROW + " bytes";
        }
        if (stored.getBytes() >= tensor.getByteCount()) {
            return "not smaller: "
                    + stored.getBytes()
                    + " bytes compressed, "
                    + tensor.getByteCount()
                    + " as it is";
        }
        if (clashes(stored, names)) {
            return "another tensor has the name of a part";
        }
        return whyNot(new DenseBands(file, tensor, layout, false), "row", "column");
    }

    private @Nullable String whyOneWay(WeightFile file, StoredTensor stored, Set<String> names)
            throws IOException {
        CompressedLayout layout = CompressedLayout.of(stored.tensor(), pattern);
        if (!layout.transposed().hasShortRows()) {
            return "a column must have at most " + CompressedLayout.LARGEST_ROW + " bytes";
        }
        if (clashes(stored, names)) {
            return "another tensor has the name of a part";
        }
        return whyNot(new DenseBands(file, stored.tensor(), layout, true), "column", "row");
    }

    private static boolean clashes(StoredTensor stored, Set<String> names) {
        return stored.getParts().stream().anyMatch(part -> names.contains(part.name()));
    }

    /** A band and the first group there that keeps too many. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Looked(byte[] dense, @Nullable Overfull overfull) {}

    /** Looks for a group that keeps too many, and describes it; returns null if there is none. */
    private @Nullable String whyNot(DenseBands dense, String rowWord, String columnWord)
            throws IOException {
        GroupEncoder encoder = new GroupEncoder(dense.getLayout());
        RowBands bands = dense.getBands();
        try (Prefetch<Looked> found =
                new Prefetch<>(
                        bands.count(),
                        (band, used) -> {
                            byte[] bytes = used == null ? dense.newArray() : used.dense;
                            return () -> {
                                dense.read(band, bytes);
                                return new Looked(
                                        bytes, encoder.firstOverfull(bytes, bands.height(band)));
                            };
                        })) {
            for (long band = 0; found.hasNext(); band++) {
                Overfull group = found.next().overfull;
                if (group != null) {
                    return rowWord
                            + " "
                            + (bands.firstRow(band) + group.row())
                            + ", "
                            + columnWord
                            + " "
                            + group.column()
                            + (dense.getLayout().taps() > 1 ? ", tap " + group.tap() : "")
                            + ": keeps "
                            + group.kept()
                            + ", must keep at most "
                            + pattern.n()
                            + (group.negativeZero() ? "; -0 counts" : "");
                }
            }
        }
        return null;
    }

    /** A band, dense and encoded. The arrays may be longer. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Encoded(byte[] dense, byte[] values, byte[] indices) {}

    private void encode(
            WeightFile file,
            StoredTensor stored,
            boolean transposed,
            CompressedFileSink.Part values,
            CompressedFileSink.Part indices)
            throws IOException {
        TensorInfo tensor = stored.tensor();
        DenseBands dense =
                new DenseBands(file, tensor, CompressedLayout.of(tensor, pattern), transposed);
        CompressedLayout layout = dense.getLayout();
        GroupEncoder encoder = new GroupEncoder(layout);
        RowBands bands = dense.getBands();
        try (Prefetch<Encoded> pieces =
                new Prefetch<>(
                        bands.count(),
                        (band, used) -> {
                            Encoded piece =
                                    used == null
                                            ? new Encoded(
                                                    dense.newArray(),
                                                    bands.newArray(layout.valueRowBytes()),
                                                    bands.newArray(layout.indexRowBytes()))
                                            : used;
                            return () -> {
                                dense.read(band, piece.dense);
                                Overfull group =
                                        encoder.encode(
                                                piece.dense,
                                                bands.height(band),
                                                piece.values,
                                                piece.indices);
                                if (group != null) {
                                    throw WeightFileException.of(
                                            file.getLocation(tensor),
                                            tensor.name(),
                                            "changed while the file was being read");
                                }
                                return piece;
                            };
                        })) {
            for (long band = 0; pieces.hasNext(); band++) {
                Encoded piece = pieces.next();
                int height = bands.height(band);
                values.write(piece.values, (int) (height * layout.valueRowBytes()));
                indices.write(piece.indices, (int) (height * layout.indexRowBytes()));
            }
        }
    }

    private static void copy(WeightFile file, TensorInfo tensor, CompressedFileSink.Part part)
            throws IOException {
        byte[] bytes = new byte[(int) Math.min(COPIED_AT_ONCE, tensor.getByteCount())];
        try (InputStream in = file.newInputStream(tensor)) {
            for (long left = tensor.getByteCount(); left > 0; ) {
                int read = in.readNBytes(bytes, 0, (int) Math.min(bytes.length, left));
                part.write(bytes, read);
                left -= read;
            }
        }
    }
}
