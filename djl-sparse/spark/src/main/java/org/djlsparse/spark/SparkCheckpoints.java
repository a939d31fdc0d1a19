package org.djlsparse.spark;

import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;
import org.djlsparse.io.CheckReport;
import org.djlsparse.io.CheckedTensor;
import org.djlsparse.io.CompressionResult;
import org.djlsparse.io.MaskedTensor;
import org.djlsparse.io.MaskingReport;
import org.djlsparse.io.Shard;
import org.djlsparse.io.StoredTensor;
import org.djlsparse.io.TensorInfo;
import org.djlsparse.io.TensorSelection;
import org.djlsparse.io.TensorSelector;
import org.djlsparse.io.WeightFile;
import org.djlsparse.io.WeightFileException;
import org.djlsparse.io.WeightMasker;
import org.djlsparse.mask.MaskSolver;
import org.djlsparse.mask.NmPattern;
import org.jspecify.annotations.Nullable;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Masks, checks, compresses and decompresses checkpoints on a cluster, at any URI that Hadoop
 * reads:
 *
 * <pre>{@code
 * SparkCheckpoints checkpoints =
 *         SparkCheckpoints.builder(spark).setPattern(NmPattern.of(2, 4)).build();
 * checkpoints.mask("s3a://bucket/model", "s3a://bucket/model-2-4");
 * }</pre>
 *
 * <p>The driver reads the headers and plans whole tensors into shards of a given size, whatever the
 * shards of the input. Each shard is a task, which streams bands of rows; its memory does not grow
 * with the tensors. The bytes are those that {@link WeightMasker}, {@code Compressor} and {@code
 * WeightFileWriter} write on one machine for shards of this size, on any number of executors.
 *
 * <p>The output is a new folder. Spark's commit protocol puts a shard there only once, whatever is
 * tried again or speculated, and only when all shards are complete; the index is written last.
 * After an error, the folder is as it was before.
 *
 * <p>An input is a {@code .safetensors} file, an index of shards, or a folder with one of these. A
 * path without a scheme belongs to Hadoop's default file system; a relative one is relative to the
 * driver's folder there.
 */
public final class SparkCheckpoints {

    /** The default size of shards: 5 GB, with the decimal units of Hugging Face. */
    public static final long DEFAULT_SHARD_BYTES = 5_000_000_000L;

    /** What a task checks, which writes nothing. */
    private static final long CHECKED_BYTES = 1_000_000_000L;

    private static final String INDEX = ".safetensors.index.json";
    private static final String FILE = ".safetensors";

    private final JavaSparkContext spark;
    private final HadoopFiles files;
    private final @Nullable NmPattern givenPattern;
    private final SolverFactory solver;
    private final TensorSelector tensors;
    private final long shardBytes;
    private final boolean bothWays;

    private SparkCheckpoints(Builder builder) {
        spark = builder.spark;
        files = new HadoopFiles(spark.hadoopConfiguration());
        givenPattern = builder.pattern;
        solver = builder.solver;
        tensors = builder.tensors;
        shardBytes = builder.shardBytes;
        bothWays = builder.bothWays;
    }

    /**
     * Creates a builder.
     *
     * @param spark the cluster
     * @return the builder
     */
    public static Builder builder(JavaSparkContext spark) {
        return new Builder(spark);
    }

    /**
     * Masks a checkpoint, as {@link WeightMasker} does.
     *
     * @param in the checkpoint
     * @param out the folder to write, which must be new or empty
     * @return the report and the files
     * @throws WeightFileException if no tensor is selected, a weight is NaN or infinite, the input
     *     is damaged, or {@code out} is not empty
     * @throws IOException if a task fails as often as Spark allows, or a file cannot be read or
     *     written
     * @throws IllegalArgumentException if no pattern is set, or an include matches no tensor that
     *     can carry a mask
     */
    public CheckpointResult<MaskingReport> mask(String in, String out) throws IOException {
        return mask(in, out, null);
    }

    /**
     * Masks a checkpoint, as {@link WeightMasker} does, and writes the masks, too.
     *
     * @param in the checkpoint
     * @param out the folder to write, which must be new or empty
     * @param masks the folder of the masks, as booleans under the names of the weights: new or
     *     empty, in the file system of {@code out}, and not within it; null to write no masks. Its
     *     shards are those of {@code out}, without those that have no mask
     * @return the report and the files
     * @throws WeightFileException as {@link #mask(String, String)}, or if {@code masks} is not
     *     empty
     * @throws IOException as {@link #mask(String, String)}
     * @throws IllegalArgumentException as {@link #mask(String, String)}, or if {@code masks} is not
     *     such a folder
     */
    public CheckpointResult<MaskingReport> mask(String in, String out, @Nullable String masks)
            throws IOException {
        NmPattern pattern = needPattern();
        if (masks != null) {
            checkMasks(masks, out);
        }
        try (WeightFile file = open(in)) {
            TensorSelection selection = tensors.select(file, pattern);
            ShardJob.Result<List<MaskedTensor>> done =
                    write(
                            "mask",
                            file,
                            selection.selected(),
                            out,
                            masks,
                            ShardWork.mask(pattern, solver));
            return CheckpointResult.of(
                    new MaskingReport(
                            pattern, flatten(done.rows()), selection.leftOut(), file.getWarnings()),
                    done.written(),
                    file);
        }
    }

    private void checkMasks(String masks, String out) throws IOException {
        FileSystem system = files.fileSystem(HadoopFiles.path(out));
        if (!system.getUri().equals(files.fileSystem(HadoopFiles.path(masks)).getUri())) {
            throw new IllegalArgumentException(
                    "masks " + masks + ": must be in the file system of the output " + out);
        }
        String path = system.makeQualified(HadoopFiles.path(masks)) + "/";
        String outPath = system.makeQualified(HadoopFiles.path(out)) + "/";
        if (path.startsWith(outPath) || outPath.startsWith(path)) {
            throw new IllegalArgumentException(
                    "masks " + masks + ": must be neither in the output " + out + " nor above it");
        }
    }

    /**
     * Compresses a checkpoint, as {@code Compressor} does, each shard on its own. With {@link
     * Builder#optBothWays}, a task needs room for its shard on the executor's disk.
     *
     * @param in the checkpoint
     * @param out the folder to write, which must be new or empty
     * @return how the tensors are stored, and the files
     * @throws WeightFileException as {@link #mask}, or if the checkpoint is compressed already
     * @throws IOException as {@link #mask}
     * @throws IllegalArgumentException as {@link #mask}
     */
    public CheckpointResult<CompressionResult> compress(String in, String out) throws IOException {
        NmPattern pattern = needPattern();
        try (WeightFile file = open(in)) {
            checkPlain(file);
            TensorSelection selection = tensors.selectPossible(file);
            ShardJob.Result<ShardWork.Compressed> done =
                    write(
                            "compress",
                            file,
                            selection.selected(),
                            out,
                            null,
                            ShardWork.compress(pattern, bothWays));
            CompressionResult compressed = compressed(done);
            Map<String, String> reasons = new LinkedHashMap<>(compressed.reasons());
            selection.leftOut().forEach(left -> reasons.put(left.tensor().name(), left.reason()));
            return CheckpointResult.of(
                    new CompressionResult(compressed.tensors(), reasons), done.written(), file);
        }
    }

    /**
     * Masks a checkpoint by magnitude and compresses it, in one pass: the bytes are those of {@link
     * #mask} followed by {@link #compress} of all tensors. A task needs room for its shard on the
     * executor's disk.
     *
     * @param in the checkpoint
     * @param out the folder to write, which must be new or empty
     * @return how the tensors are stored, and the files
     * @throws WeightFileException as {@link #compress}
     * @throws IOException as {@link #mask}
     * @throws IllegalArgumentException as {@link #mask}
     */
    public CheckpointResult<CompressionResult> convert(String in, String out) throws IOException {
        NmPattern pattern = needPattern();
        try (WeightFile file = open(in)) {
            checkPlain(file);
            ShardJob.Result<ShardWork.Compressed> done =
                    write(
                            "convert",
                            file,
                            tensors.select(file, pattern).selected(),
                            out,
                            null,
                            ShardWork.convert(pattern, solver, bothWays));
            return CheckpointResult.of(compressed(done), done.written(), file);
        }
    }

    private NmPattern needPattern() {
        if (givenPattern == null) {
            throw new IllegalArgumentException("pattern: must be set, such as NmPattern.of(2, 4)");
        }
        return givenPattern;
    }

    private static CompressionResult compressed(ShardJob.Result<ShardWork.Compressed> done) {
        List<StoredTensor> stored = new ArrayList<>();
        Map<String, String> reasons = new LinkedHashMap<>();
        for (ShardWork.Compressed rows : done.rows()) {
            stored.addAll(rows.stored());
            reasons.putAll(rows.reasons());
        }
        return new CompressionResult(stored, reasons);
    }

    private static void checkPlain(WeightFile file) throws WeightFileException {
        if (!file.isRandomAccess()) {
            throw WeightFileException.of(
                    file.getLocation(), "is compressed already: must be plain safetensors files");
        }
    }

    /**
     * Decompresses a checkpoint.
     *
     * @param in the checkpoint, one compressed file or compressed shards
     * @param out the folder to write, which must be new or empty
     * @return how the tensors were stored, and the files
     * @throws WeightFileException if the input is not compressed or damaged, or {@code out} is not
     *     empty
     * @throws IOException if a task fails or a file cannot be read or written
     */
    public CheckpointResult<List<StoredTensor>> decompress(String in, String out)
            throws IOException {
        try (WeightFile file = open(in)) {
            if (!file.isCompressed()) {
                throw WeightFileException.of(file.getLocation(), "is not compressed");
            }
            ShardJob.Result<List<StoredTensor>> done =
                    write("decompress", file, List.of(), out, null, ShardWork.decompress());
            return CheckpointResult.of(flatten(done.rows()), done.written(), file);
        }
    }

    /**
     * Checks a checkpoint, as {@code WeightChecker} does.
     *
     * @param in the checkpoint, compressed or not
     * @return the report
     * @throws WeightFileException if no tensor is selected, or the input is damaged
     * @throws IOException if a task fails or a file cannot be read
     * @throws IllegalArgumentException as {@link #mask}
     */
    public CheckReport check(String in) throws IOException {
        NmPattern pattern = needPattern();
        try (WeightFile file = open(in)) {
            TensorSelection selection = tensors.select(file, pattern);
            Set<String> selected = names(selection.selected());
            List<Shard> parts = Shard.plan(file, CHECKED_BYTES);
            List<ShardTask> tasks = new ArrayList<>();
            for (Shard part : parts) {
                List<TensorInfo> checked =
                        part.tensors().stream().filter(t -> selected.contains(t.name())).toList();
                if (!checked.isEmpty()) {
                    tasks.add(
                            ShardTask.of(
                                    file,
                                    new Shard(checked, part.metadata()),
                                    selected,
                                    tasks.size(),
                                    "",
                                    ""));
                }
            }
            List<CheckedTensor> checked =
                    flatten(
                            new ShardJob<>(spark, files, ShardWork.check(pattern))
                                    .run(describe("check", tasks, file), tasks)
                                    .rows());
            return new CheckReport(pattern, checked, selection.leftOut(), file.getWarnings());
        }
    }

    private <T> ShardJob.Result<T> write(
            String command,
            WeightFile file,
            List<TensorInfo> selected,
            String out,
            @Nullable String masks,
            ShardWork<T> work)
            throws IOException {
        List<Shard> shards = Shard.plan(file, shardBytes);
        List<Shard> maskShards = masks == null ? List.of() : Shard.ofMasks(shards, selected);
        String index = indexName(file.getLocation());
        Set<String> names = names(selected);
        List<ShardTask> tasks = new ArrayList<>();
        int mask = 0;
        for (int i = 0; i < shards.size(); i++) {
            Shard shard = shards.get(i);
            boolean hasMasks =
                    masks != null
                            && shard.tensors().stream().anyMatch(t -> names.contains(t.name()));
            tasks.add(
                    ShardTask.of(
                            file,
                            shard,
                            names,
                            i,
                            Shard.fileName(index, i, shards.size()),
                            hasMasks ? Shard.fileName(index, mask++, maskShards.size()) : ""));
        }
        Map<String, String> metadata = file.getShards().isEmpty() ? Map.of() : file.getMetadata();
        return new ShardJob<>(spark, files, work)
                .run(
                        describe(command, tasks, file),
                        tasks,
                        new OutputFolder(absolute(out), masks == null ? null : absolute(masks)),
                        new OutputFolder.Index(index, shards, metadata),
                        masks == null ? null : new OutputFolder.Index(index, maskShards, Map.of()));
    }

    private static String describe(String command, List<ShardTask> tasks, WeightFile file) {
        return command + ": " + tasks.size() + " tasks on " + file.getLocation();
    }

    /** The name of the index to write: that of the input's, or after its only file. */
    private static String indexName(String location) {
        String name = location.substring(location.lastIndexOf('/') + 1);
        return name.endsWith(FILE)
                ? name.substring(0, name.length() - FILE.length()) + INDEX
                : name;
    }

    private static Set<String> names(List<TensorInfo> tensors) {
        Set<String> names = new HashSet<>();
        tensors.forEach(tensor -> names.add(tensor.name()));
        return names;
    }

    private static <T> List<T> flatten(List<List<T>> lists) {
        List<T> all = new ArrayList<>();
        lists.forEach(all::addAll);
        return all;
    }

    /** Executors run in other folders than the driver. */
    private String absolute(String location) throws IOException {
        Path path = HadoopFiles.path(location);
        return path.toUri().getScheme() != null || path.isUriPathAbsolute()
                ? location
                : new Path(files.fileSystem(path).getWorkingDirectory(), path).toString();
    }

    private WeightFile open(String given) throws IOException {
        String location = absolute(given);
        Path path = HadoopFiles.path(location);
        FileSystem system = files.fileSystem(path);
        try {
            return WeightFile.open(
                    files.file(
                            system.getFileStatus(path).isDirectory()
                                    ? only(system, path).toString()
                                    : location));
        } catch (FileNotFoundException e) {
            throw WeightFileException.of(location, "no such file or folder");
        } catch (IOException e) {
            throw WeightFileException.of(location, "cannot be read", e);
        }
    }

    /** Finds the checkpoint in a folder: its index, or its only file. */
    private static Path only(FileSystem system, Path folder) throws IOException {
        List<Path> indexes = new ArrayList<>();
        List<Path> single = new ArrayList<>();
        for (FileStatus status : system.listStatus(folder)) {
            String name = status.getPath().getName();
            if (name.endsWith(INDEX)) {
                indexes.add(status.getPath());
            } else if (name.endsWith(FILE)) {
                single.add(status.getPath());
            }
        }
        List<Path> found = indexes.isEmpty() ? single : indexes;
        if (found.size() != 1) {
            throw WeightFileException.of(
                    folder.toString(),
                    "must hold one "
                            + INDEX
                            + ", or else one "
                            + FILE
                            + ", has "
                            + found.size()
                            + ": name the file");
        }
        return found.get(0);
    }

    /** Builds {@link SparkCheckpoints}. */
    public static final class Builder {

        private final JavaSparkContext spark;
        private @Nullable NmPattern pattern;
        private SolverFactory solver = MaskSolver::auto;
        private TensorSelector tensors = TensorSelector.all();
        private long shardBytes = DEFAULT_SHARD_BYTES;
        private boolean bothWays;

        private Builder(JavaSparkContext spark) {
            this.spark = spark;
        }

        /**
         * Sets the pattern, which all methods need but {@link SparkCheckpoints#decompress}.
         *
         * @param pattern the pattern of the masks
         * @return this builder
         */
        public Builder setPattern(NmPattern pattern) {
            this.pattern = pattern;
            return this;
        }

        /**
         * Sets the solver.
         *
         * @param solver creates the solver in each task; {@code MaskSolver::auto} by default
         * @return this builder
         */
        public Builder optSolver(SolverFactory solver) {
            this.solver = solver;
            return this;
        }

        /**
         * Sets the tensors to mask, to check or to compress.
         *
         * @param tensors the tensors; {@link TensorSelector#all()} by default
         * @return this builder
         */
        public Builder optTensors(TensorSelector tensors) {
            this.tensors = tensors;
            return this;
        }

        /**
         * Sets the size of the shards to write, which is the unit of work.
         *
         * @param bytes the most bytes of the tensors of a shard that has several, before
         *     compression; {@link #DEFAULT_SHARD_BYTES} by default
         * @return this builder
         * @throws IllegalArgumentException if it is less than 1
         */
        public Builder optShardBytes(long bytes) {
            if (bytes < 1) {
                throw new IllegalArgumentException(
                        "shard size " + bytes + ": must be at least 1 byte");
            }
            this.shardBytes = bytes;
            return this;
        }

        /**
         * Sets whether compressed files store the transposes, too.
         *
         * @param bothWays {@code true} to store them; {@code false} by default
         * @return this builder
         */
        public Builder optBothWays(boolean bothWays) {
            this.bothWays = bothWays;
            return this;
        }

        /**
         * Builds the object, which needs no closing.
         *
         * @return the checkpoints
         * @throws IllegalArgumentException if the solver does not support the pattern
         */
        public SparkCheckpoints build() {
            if (pattern != null) {
                WeightMasker.builder().setPattern(pattern).optSolver(solver.newSolver()).build();
            }
            return new SparkCheckpoints(this);
        }
    }
}
