package org.djlsparse.io;

import org.djlsparse.mask.MaskSolver;
import org.djlsparse.mask.NmPattern;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * Applies N:M masks to a file of weights:
 *
 * <pre>{@code
 * WeightMasker masker = WeightMasker.builder().setPattern(NmPattern.of(2, 4)).build();
 * MaskingReport report = masker.mask(input, output);
 * }</pre>
 *
 * <p>Kept weights keep their bits, pruned weights become +0. The other tensors and the metadata are
 * copied.
 *
 * <p>All processors take part. Memory does not grow with the file: some bands of rows of about 1
 * MiB, or M rows where these are longer.
 */
public final class WeightMasker {

    private final NmPattern pattern;
    private final MaskSolver solver;
    private final TensorSelector tensors;
    private final @Nullable Long shardBytes;

    private WeightMasker(Builder builder, NmPattern pattern) {
        this.pattern = pattern;
        solver = builder.solver;
        tensors = builder.tensors;
        shardBytes = builder.shardBytes;
    }

    /**
     * Creates a builder.
     *
     * @return the builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Masks a file.
     *
     * @param in the file, in any format that {@link WeightFile#open} reads
     * @param out the file to write, in any format that can hold the tensors; a file that is there
     *     is replaced, and it may be {@code in}
     * @return the outcome
     * @throws WeightFileException as {@link #mask(WeightFile, Path, Path)}, or if {@code in} cannot
     *     be opened
     * @throws IOException if a file cannot be read or written
     * @throws IllegalArgumentException as {@link #mask(WeightFile, Path, Path)}
     */
    public MaskingReport mask(Path in, Path out) throws IOException {
        try (WeightFile file = WeightFile.open(in)) {
            return mask(file, out, null);
        }
    }

    /**
     * Masks a file, and writes the masks, too. The files take their places when both are on the
     * disk; after an error neither has been touched.
     *
     * @param file the file
     * @param out the file to write, in any format that can hold the tensors; a file that is there
     *     is replaced, and it may be {@code file} itself
     * @param masks the file to write the masks to, as booleans under the names of the weights; null
     *     to write no masks. An index has the shards of the weights, without those that have no
     *     mask
     * @return the outcome
     * @throws WeightFileException if no tensor is selected, a weight is NaN or infinite, M rows do
     *     not fit into memory, the file is damaged, or one of the files cannot be written there
     * @throws IOException if a file cannot be read or written
     * @throws IllegalArgumentException if {@code masks} is one of the other two files, a format
     *     cannot hold the tensors, or an include matches no tensor that can carry a mask
     */
    public MaskingReport mask(WeightFile file, Path out, @Nullable Path masks) throws IOException {
        if (masks != null && (isSame(masks, Path.of(file.getLocation())) || isSame(masks, out))) {
            throw new IllegalArgumentException(
                    "masks " + masks + ": must be neither the input nor the output");
        }
        TensorSelection selection = tensors.select(file, pattern);
        List<TensorInfo> selected = selection.selected();
        try (WeightFileWriter weights = newWriter(file, out);
                WeightFileWriter maskWriter =
                        masks == null ? null : maskWriter(masks, selected, file)) {
            List<MaskedTensor> masked = mask(file, selected, weights, maskWriter);
            weights.replace();
            if (maskWriter != null) {
                maskWriter.replace();
            }
            return new MaskingReport(pattern, masked, selection.leftOut(), file.getWarnings());
        }
    }

    /**
     * Masks some tensors of a file and copies the others, to a stream of a safetensors file, and
     * writes the masks to another.
     *
     * @param file the file, such as {@linkplain WeightFile#open(Shard, Function) one shard}
     * @param selected the tensors to mask, whatever {@link Builder#optTensors} says
     * @param out takes the bytes in order; it is flushed and stays open
     * @param masks as {@code out}, for the masks, as booleans under the names of the weights; null
     *     to write no masks
     * @return the outcome for each masked tensor, in the file's order
     * @throws WeightFileException if a weight is NaN or infinite, M rows do not fit into memory, or
     *     the file is damaged
     * @throws IOException if reading or writing fails
     * @throws IllegalArgumentException if safetensors cannot hold the tensors, or there are no
     *     masks to write
     */
    public List<MaskedTensor> mask(
            WeightFile file,
            List<TensorInfo> selected,
            OutputStream out,
            @Nullable OutputStream masks)
            throws IOException {
        try (WeightFileWriter weights =
                        WeightFileWriter.create(out, file.getTensors(), file.getMetadata());
                WeightFileWriter maskWriter =
                        masks == null
                                ? null
                                : WeightFileWriter.create(masks, masksOf(selected), Map.of())) {
            return mask(file, selected, weights, maskWriter);
        }
    }

    private List<MaskedTensor> mask(
            WeightFile file,
            List<TensorInfo> selected,
            WeightFileWriter weights,
            @Nullable WeightFileWriter masks)
            throws IOException {
        Set<String> names = new HashSet<>();
        selected.forEach(tensor -> names.add(tensor.name()));
        List<MaskedTensor> masked = new ArrayList<>();
        for (TensorInfo tensor : file.getTensors()) {
            if (names.contains(tensor.name())) {
                masked.add(new TensorMasker(pattern, solver, file, tensor, weights, masks).mask());
            } else {
                weights.copy(file, tensor);
            }
        }
        weights.complete();
        if (masks != null) {
            masks.complete();
        }
        return masked;
    }

    private WeightFileWriter newWriter(WeightFile file, Path out) throws IOException {
        return shardBytes == null
                ? WeightFileWriter.createLike(out, file)
                : WeightFileWriter.createLike(out, file, shardBytes);
    }

    private WeightFileWriter maskWriter(Path path, List<TensorInfo> selected, WeightFile file)
            throws IOException {
        try {
            List<Shard> shards =
                    shardBytes == null ? file.getShards() : Shard.plan(file, shardBytes);
            return !shards.isEmpty() && FileFormat.of(path) == FileFormat.SHARDED
                    ? WeightFileWriter.createSharded(
                            path, Shard.ofMasks(shards, selected), Map.of())
                    : WeightFileWriter.create(path, masksOf(selected), Map.of(), file.isDeflated());
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("masks " + path + ": " + e.getMessage(), e);
        }
    }

    private static List<TensorInfo> masksOf(List<TensorInfo> selected) {
        return selected.stream().map(WeightMasker::maskOf).toList();
    }

    /** Describes the mask of a tensor. */
    static TensorInfo maskOf(TensorInfo tensor) {
        return TensorInfo.of(tensor.name(), ElementType.BOOL, tensor.shape());
    }

    private static boolean isSame(Path one, Path other) throws IOException {
        return one.toAbsolutePath().normalize().equals(other.toAbsolutePath().normalize())
                || (Files.exists(one) && Files.exists(other) && Files.isSameFile(one, other));
    }

    /** Builds a {@link WeightMasker}. */
    public static final class Builder {

        private @Nullable NmPattern pattern;
        private MaskSolver solver = MaskSolver.auto();
        private TensorSelector tensors = TensorSelector.all();
        private @Nullable Long shardBytes;

        private Builder() {}

        /**
         * Sets the pattern of the masks.
         *
         * @param pattern the pattern
         * @return this builder
         */
        public Builder setPattern(NmPattern pattern) {
            this.pattern = pattern;
            return this;
        }

        /**
         * Sets the solver.
         *
         * @param solver the solver, which several threads call at the same time; {@link
         *     MaskSolver#auto()} by default. {@link MaskSolver#rowWise()} finds masks that are
         *     valid along rows only
         * @return this builder
         */
        public Builder optSolver(MaskSolver solver) {
            this.solver = solver;
            return this;
        }

        /**
         * Sets the tensors to mask.
         *
         * @param tensors the tensors; {@link TensorSelector#all()} by default
         * @return this builder
         */
        public Builder optTensors(TensorSelector tensors) {
            this.tensors = tensors;
            return this;
        }

        /**
         * Sets the size of the shards that are written. By default, they are those of the file that
         * is read. The file to write must then be an index.
         *
         * @param bytes the most bytes of the tensors of a shard that has several, at least 1; see
         *     {@link Shard#plan}
         * @return this builder
         * @throws IllegalArgumentException if it is less than 1
         */
        public Builder optShardBytes(long bytes) {
            if (bytes < 1) {
                throw new IllegalArgumentException(
                        "shard size " + bytes + ": must be at least 1 byte");
            }
            shardBytes = bytes;
            return this;
        }

        /**
         * Builds the masker.
         *
         * @return the masker
         * @throws IllegalArgumentException if the pattern is missing, or the solver does not
         *     support it
         */
        public WeightMasker build() {
            if (pattern == null) {
                throw new IllegalArgumentException(
                        "pattern: must be set, such as NmPattern.of(2, 4)");
            }
            if (!solver.supports(pattern)) {
                throw new IllegalArgumentException(
                        "solver \"" + solver.getName() + "\" does not support pattern " + pattern);
            }
            return new WeightMasker(this, pattern);
        }
    }
}
