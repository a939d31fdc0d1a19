package org.djlsparse.spark;

import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.djlsparse.mask.NmPattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

/** Executors, tasks and disks that fail, on executors with JVMs of their own. */
@SuppressWarnings("NullAway.Init") // JUnit fills them in
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class CheckpointFaultsTest {

    private static final NmPattern PATTERN = NmPattern.of(2, 4);
    private static final long SHARD_BYTES = 3000;

    @TempDir static Path control;

    private static TwoHosts hosts;
    private static JavaSparkContext spark;

    @TempDir Path folder;

    private Path in;
    private Path expected;

    @BeforeAll
    static void startSpark() {
        hosts =
                new TwoHosts(
                        FaultyFileSystem.configure(new SparkConf(), control)
                                .set("spark.speculation", "true")
                                .set("spark.speculation.interval", "100ms")
                                .set("spark.speculation.quantile", "0.3")
                                .set("spark.speculation.multiplier", "2")
                                .set("spark.speculation.minTaskRuntime", "500ms"));
        spark = hosts.getSpark();
    }

    @AfterAll
    static void stopSpark() {
        hosts.close();
    }

    @BeforeEach
    void writeCheckpoint() throws IOException {
        in = Checkpoints.write(folder.resolve("in"), 4, 1);
        expected = folder.resolve("expected");
        Checkpoints.mask(in, PATTERN, SHARD_BYTES, expected, folder.resolve("expected-masks"));
        Files.deleteIfExists(control.resolve("reached"));
        Files.deleteIfExists(control.resolve("executor"));
        fault("none", "none");
    }

    private static void fault(String kind, String name) {
        FaultyFileSystem.set(spark.hadoopConfiguration(), kind, name);
    }

    private static SparkCheckpoints checkpoints() {
        return SparkCheckpoints.builder(spark)
                .setPattern(PATTERN)
                .optShardBytes(SHARD_BYTES)
                .build();
    }

    private static String uri(Path path) {
        return "faulty://" + path.toAbsolutePath();
    }

    private void mask() throws IOException {
        checkpoints().mask(uri(in), uri(folder.resolve("out")), uri(folder.resolve("out-masks")));
    }

    private void assertOutputIsRight() throws IOException {
        assertSame(folder.resolve("out"), expected);
        assertSame(folder.resolve("out-masks"), folder.resolve("expected-masks"));
    }

    private static void assertSame(Path actual, Path expected) throws IOException {
        assertThat(names(actual)).isEqualTo(names(expected));
        for (String name : names(expected)) {
            assertThat(actual.resolve(name)).hasSameBinaryContentAs(expected.resolve(name));
        }
    }

    private void assertNoOutput() {
        assertThat(folder.resolve("out")).doesNotExist();
        assertThat(folder.resolve("out-masks")).doesNotExist();
    }

    /** Executors run in folders of their own. */
    @Test
    void relativePathsAreThoseOfTheDriver() throws IOException {
        Path here = Path.of("").toAbsolutePath();

        checkpoints()
                .mask(
                        here.relativize(in).toString(),
                        here.relativize(folder.resolve("out")).toString(),
                        here.relativize(folder.resolve("out-masks")).toString());

        assertOutputIsRight();
    }

    private static Set<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return new TreeSet<>(files.map(file -> file.getFileName().toString()).toList());
        }
    }

    /**
     * A task that fails, an executor that is lost, and one that is slow, so that it is speculated.
     */
    @Order(1)
    @ParameterizedTest
    @ValueSource(
            strings = {
                FaultyFileSystem.FAIL_ONCE,
                FaultyFileSystem.HALT_ONCE,
                FaultyFileSystem.WAIT_ONCE
            })
    void theOutputIsRight(String kind) throws IOException {
        fault(kind, "00002-of");
        mask();
        assertThat(control.resolve("reached")).exists();
        assertOutputIsRight();
    }

    /** The last one: Spark does not start another executor in place of one that was killed. */
    @Order(2)
    @Test
    void anExecutorIsKilledByItsId() throws Exception {
        fault(FaultyFileSystem.WAIT_ONCE, "00003-of");
        Thread killer =
                new Thread(
                        () -> {
                            try {
                                Path executor = control.resolve("executor");
                                while (!Files.exists(executor)
                                        || Files.readString(executor).isEmpty()) {
                                    Thread.sleep(20);
                                }
                                spark.sc().killExecutor(Files.readString(executor));
                            } catch (IOException e) {
                                throw new UncheckedIOException(e);
                            } catch (InterruptedException e) {
                                Thread.currentThread().interrupt();
                            }
                        });
        killer.start();
        mask();
        killer.join();
        assertOutputIsRight();
    }

    @Test
    void aReaderThatFailsOnceIsTriedAgain() throws IOException {
        fault(FaultyFileSystem.UNREADABLE_ONCE, "model-00002-of-00002");
        // The driver opens the shard first.
        assertThatIOException()
                .isThrownBy(this::mask)
                .withMessageContaining("shard model-00002-of-00002.safetensors")
                .withMessageContaining("connection reset");
        mask();
        assertOutputIsRight();
    }

    @Test
    void aFullDiskLeavesNothing() {
        fault(FaultyFileSystem.FULL, "00002-of");
        assertThatIOException()
                .isThrownBy(this::mask)
                .withMessageContaining("mask: ")
                .withMessageContaining("No space left on device");
        assertNoOutput();
    }

    @Test
    void aTaskThatStillRunsLeavesNothing() throws Exception {
        fault(FaultyFileSystem.LATE_AND_OTHERS_FULL, "00001-of");
        assertThatIOException()
                .isThrownBy(this::mask)
                .withMessageContaining("No space left on device");
        Thread.sleep(2_000); // so long a task would take that nobody waits for
        assertNoOutput();
    }

    @Test
    void anExistingFolderStaysAsItWas() throws IOException {
        Path out = Files.createDirectory(folder.resolve("out"));
        Files.writeString(out.resolve("precious"), "text");
        assertThatIOException()
                .isThrownBy(this::mask)
                .withMessageContaining("must be a new or an empty folder, has 1 files, such as");
        assertThat(out.resolve("precious")).hasContent("text");
        Files.delete(out.resolve("precious"));
        fault(FaultyFileSystem.FULL, "00002-of");
        assertThatIOException().isThrownBy(this::mask);
        assertThat(out).isEmptyDirectory();
    }

    @Test
    void aShardThatIsCutIsNamed() throws IOException {
        Path shard = in.resolveSibling("model-00002-of-00002.safetensors");
        byte[] bytes = Files.readAllBytes(shard);
        Files.write(shard, Arrays.copyOf(bytes, bytes.length - 10));
        assertThatIOException()
                .isThrownBy(this::mask)
                .withMessageContaining("shard model-00002-of-00002.safetensors")
                .withMessageContaining("the file ends after");
        assertThat(folder.resolve("out")).doesNotExist();
    }
}
