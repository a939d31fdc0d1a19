package org.djlsparse.spark;

import org.apache.hadoop.mapreduce.TaskAttemptContext;
import org.apache.hadoop.mapreduce.lib.output.FileOutputCommitter;
import org.apache.hadoop.mapreduce.lib.output.PathOutputCommitter;
import org.apache.hadoop.mapreduce.lib.output.PathOutputCommitterFactory;
import org.apache.spark.api.java.JavaSparkContext;
import org.djlsparse.io.Compressor;
import org.djlsparse.io.MaskingReport;
import org.djlsparse.io.WeightFile;
import org.djlsparse.io.WeightFileException;
import org.djlsparse.io.WeightFileWriter;
import org.djlsparse.io.WeightMasker;
import org.djlsparse.mask.NmPattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/** The bytes on a cluster against those of a single machine. */
@SuppressWarnings("NullAway.Init") // JUnit fills them in
class SparkCheckpointsTest {

    private static final NmPattern PATTERN = NmPattern.of(2, 4);

    private static JavaSparkContext spark;

    @TempDir Path folder;

    private Path in;

    @BeforeAll
    static void startSpark() {
        spark = LocalCluster.startLocal(2);
    }

    @AfterAll
    static void stopSpark() {
        spark.close();
    }

    @BeforeEach
    void writeCheckpoint() throws IOException {
        in = Checkpoints.write(folder.resolve("in"), 4, 1);
    }

    private static SparkCheckpoints.Builder builder() {
        return SparkCheckpoints.builder(spark).setPattern(PATTERN);
    }

    private String out(String name) {
        return folder.resolve(name).toUri().toString();
    }

    private static void assertSameFolder(Path actual, Path expected) throws IOException {
        assertThat(names(actual)).isEqualTo(names(expected));
        for (String name : names(expected)) {
            assertThat(actual.resolve(name)).hasSameBinaryContentAs(expected.resolve(name));
        }
    }

    private static Set<String> names(Path folder) throws IOException {
        try (var files = Files.list(folder)) {
            return new TreeSet<>(files.map(file -> file.getFileName().toString()).toList());
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 3000, 1L << 40})
    void everyCommandWritesTheBytesOfASingleMachine(long shardBytes) throws IOException {
        SparkCheckpoints checkpoints = builder().optShardBytes(shardBytes).build();
        Path masked = folder.resolve("masked");
        Path masks = folder.resolve("masks");
        MaskingReport expected = Checkpoints.mask(in, PATTERN, shardBytes, masked, masks);
        CheckpointResult<MaskingReport> result =
                checkpoints.mask(in.toString(), out("a"), out("a-masks"));
        assertSameFolder(folder.resolve("a"), masked);
        assertSameFolder(folder.resolve("a-masks"), masks);
        assertThat(result.report().tensors())
                .usingRecursiveComparison()
                .ignoringFields("seconds")
                .isEqualTo(expected.tensors());
        assertThat(result.report().leftOut()).isEqualTo(expected.leftOut());
        for (OutputShard file : result.files()) {
            assertThat(masked.resolve(file.name())).hasSize(file.bytes());
            assertThat(masked.resolve(file.name())).hasDigest("SHA-256", file.sha256());
        }
        for (OutputShard file : result.masks()) {
            assertThat(masks.resolve(file.name())).hasDigest("SHA-256", file.sha256());
        }
        assertThat(result.masks()).hasSize(names(masks).size() - 1);

        assertThat(checkpoints.check(in.toString()).isTransposable()).isFalse();
        assertThat(checkpoints.check(out("a")).isTransposable()).isTrue();

        Path compressed = Files.createDirectory(folder.resolve("compressed"));
        try (WeightFile file = WeightFile.open(masked.resolve(Checkpoints.INDEX))) {
            new Compressor(PATTERN, false)
                    .compress(file, file.getTensors(), compressed.resolve(Checkpoints.INDEX));
        }
        checkpoints.compress(out("a"), out("b"));
        assertSameFolder(folder.resolve("b"), compressed);
        checkpoints.convert(folder.resolve("in").toString(), out("c"));
        assertSameFolder(folder.resolve("c"), compressed);

        assertThat(checkpoints.check(out("b")).isTransposable()).isTrue();
        SparkCheckpoints.builder(spark)
                .optShardBytes(shardBytes)
                .build()
                .decompress(out("b"), out("d"));
        assertSameFolder(folder.resolve("d"), masked);
    }

    @Test
    void theFolderOfTheMasksIsChecked() throws IOException {
        SparkCheckpoints checkpoints = builder().build();
        for (String masks : List.of("a", "a/masks", "")) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> checkpoints.mask(in.toString(), out("a"), out(masks)))
                    .withMessageContaining("masks ")
                    .withMessageContaining("must be neither in the output")
                    .withMessageContaining("nor above it");
        }
        FaultyFileSystem.register(spark.hadoopConfiguration());
        assertThatIllegalArgumentException()
                .isThrownBy(() -> checkpoints.mask(in.toString(), out("a"), "faulty:///m"))
                .withMessageContaining(
                        "masks faulty:///m: must be in the file system of the output");
        Path file = Files.createFile(folder.resolve("precious"));
        assertThatExceptionOfType(WeightFileException.class)
                .isThrownBy(() -> checkpoints.mask(in.toString(), out("a"), out("precious")))
                .withMessageContaining("is a file, must be a new folder");
        assertThatExceptionOfType(WeightFileException.class)
                .isThrownBy(() -> checkpoints.mask(in.toString(), out("a"), out("in")))
                .withMessageContaining("must be a new or an empty folder, has 3 files");
        assertThat(file).exists();
        assertThat(folder.resolve("a")).doesNotExist();
    }

    @Test
    void aPatternIsNeeded() throws IOException {
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> SparkCheckpoints.builder(spark).build().mask(in.toString(), out("a")))
                .withMessage("pattern: must be set, such as NmPattern.of(2, 4)");
    }

    /** The committers of S3A look for the uploads of all tasks under the identifier of the job. */
    @Test
    void theCommittersOfAJobHaveItsIdentifier() throws IOException {
        String factory = "mapreduce.outputcommitter.factory.scheme.file";
        spark.hadoopConfiguration().set(factory, RecordingCommitters.class.getName());
        try {
            builder().optShardBytes(3000).build().mask(in.toString(), out("a"));
        } finally {
            spark.hadoopConfiguration().unset(factory);
        }
        assertThat(RecordingCommitters.JOBS)
                .hasSizeGreaterThan(names(folder.resolve("a")).size() - 1)
                .doesNotContainNull();
        assertThat(Set.copyOf(RecordingCommitters.JOBS)).hasSize(1);
    }

    /** Creates Hadoop's usual committers, and knows the job of each. */
    public static final class RecordingCommitters extends PathOutputCommitterFactory {

        static final List<String> JOBS = new CopyOnWriteArrayList<>();

        @Override
        public PathOutputCommitter createOutputCommitter(
                org.apache.hadoop.fs.Path folder, TaskAttemptContext context) throws IOException {
            JOBS.add(context.getConfiguration().get("spark.sql.sources.writeJobUUID"));
            return new FileOutputCommitter(folder, context);
        }
    }

    @Test
    void bothWaysToo() throws IOException {
        SparkCheckpoints checkpoints = builder().optShardBytes(3000).optBothWays(true).build();
        checkpoints.mask(in.toString(), out("a"));
        checkpoints.compress(out("a"), out("b"));
        Path expected = Files.createDirectory(folder.resolve("expected"));
        try (WeightFile file = WeightFile.open(folder.resolve("a").resolve(Checkpoints.INDEX))) {
            new Compressor(PATTERN, true)
                    .compress(file, file.getTensors(), expected.resolve(Checkpoints.INDEX));
        }
        assertSameFolder(folder.resolve("b"), expected);
        checkpoints.convert(in.toString(), out("c"));
        assertSameFolder(folder.resolve("c"), expected);
        checkpoints.decompress(out("b"), out("d"));
        assertSameFolder(folder.resolve("d"), folder.resolve("a"));
    }

    /** A single file of either kind is an input, too; its index is named after it. */
    @Test
    void readsASingleFile() throws IOException {
        Path single = folder.resolve("single.safetensors");
        try (WeightFile file = WeightFile.open(in);
                WeightFileWriter writer = WeightFileWriter.createLike(single, file)) {
            for (var tensor : file.getTensors()) {
                writer.copy(file, tensor);
            }
            writer.complete();
            writer.replace();
        }
        builder().build().mask(single.toString(), out("a"));
        Path expected = Files.createDirectory(folder.resolve("expected"));
        WeightMasker.builder()
                .setPattern(PATTERN)
                .optShardBytes(SparkCheckpoints.DEFAULT_SHARD_BYTES)
                .build()
                .mask(single, expected.resolve("single.safetensors.index.json"));
        assertSameFolder(folder.resolve("a"), expected);
    }

    /** Spark does not run the task again, and nothing is left. */
    @Test
    void aWeightThatIsNotFiniteIsNamed() throws IOException {
        Path shard = in.resolveSibling("model-00002-of-00002.safetensors");
        byte[] bytes = Files.readAllBytes(shard);
        // A value of the last matrix of 32-bit floats, before the last tensor's 24 bytes.
        int at = bytes.length - 24 - 4;
        bytes[at + 3] = (byte) 0x7f;
        bytes[at + 2] = (byte) 0xc0;
        Files.write(shard, bytes);
        assertThatExceptionOfType(WeightFileException.class)
                .isThrownBy(() -> builder().build().mask(in.toString(), out("a")))
                .withMessageContaining(shard.getFileName().toString())
                .withMessageContaining("tensor \"layers.3.conv.weight\"")
                .withMessageContaining("must be finite");
        assertThat(folder.resolve("a")).doesNotExist();
    }
}
