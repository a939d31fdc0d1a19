package org.djlsparse.spark;

import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.hdfs.DistributedFileSystem;
import org.apache.hadoop.hdfs.MiniDFSCluster;
import org.apache.hadoop.hdfs.protocol.HdfsConstants;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.djlsparse.mask.NmPattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Checkpoints and training on HDFS, which is the default file system here. */
@Tag("slow")
@SuppressWarnings("NullAway.Init") // JUnit fills them in
class HdfsTest {

    private static final NmPattern PATTERN = NmPattern.of(2, 4);
    private static final long SHARD_BYTES = 3000;

    @TempDir static File disks;

    private static MiniDFSCluster cluster;
    private static DistributedFileSystem hdfs;
    private static JavaSparkContext spark;

    @TempDir java.nio.file.Path folder;

    @BeforeAll
    static void start() throws IOException {
        cluster = new MiniDFSCluster.Builder(new Configuration(), disks).numDataNodes(1).build();
        hdfs = cluster.getFileSystem();
        spark =
                LocalCluster.start(
                        new SparkConf()
                                .setMaster("local[2]")
                                .set("spark.hadoop.fs.defaultFS", hdfs.getUri().toString()));
    }

    @AfterAll
    static void stop() {
        spark.close();
        cluster.shutdown();
    }

    private static SparkCheckpoints checkpoints() {
        return SparkCheckpoints.builder(spark)
                .setPattern(PATTERN)
                .optShardBytes(SHARD_BYTES)
                .build();
    }

    private void copyCheckpoint(String name) throws IOException {
        Checkpoints.write(folder.resolve(name), 4, 1);
        hdfs.copyFromLocalFile(new Path(folder.resolve(name).toUri()), new Path("/models/" + name));
    }

    private static Set<String> names(Path directory) throws IOException {
        Set<String> names = new TreeSet<>();
        for (FileStatus file : hdfs.listStatus(directory)) {
            names.add(file.getPath().getName());
        }
        return names;
    }

    private static void assertSameFolder(Path actual, java.nio.file.Path expected)
            throws IOException {
        Set<String> names;
        try (Stream<java.nio.file.Path> files = Files.list(expected)) {
            names = new TreeSet<>(files.map(file -> file.getFileName().toString()).toList());
        }
        assertThat(names(actual)).isEqualTo(names);
        for (String name : names) {
            try (var in = hdfs.open(new Path(actual, name))) {
                assertThat(in.readAllBytes())
                        .as(name)
                        .isEqualTo(Files.readAllBytes(expected.resolve(name)));
            }
        }
    }

    @Test
    void theBytesAreThoseOfASingleMachine() throws IOException {
        copyCheckpoint("same");
        java.nio.file.Path expected = folder.resolve("expected");
        java.nio.file.Path masks = folder.resolve("masks");
        Checkpoints.mask(
                folder.resolve("same").resolve(Checkpoints.INDEX),
                PATTERN,
                SHARD_BYTES,
                expected,
                masks);

        // A URI; a path of the default file system; and a path in the user's folder.
        checkpoints().mask(hdfs.getUri() + "/models/same", "/out/masked", "/out/masks");
        checkpoints().convert("/models/same", "converted");
        checkpoints().decompress("converted", "/out/again");

        assertSameFolder(new Path("/out/masked"), expected);
        assertSameFolder(new Path("/out/masks"), masks);
        assertSameFolder(new Path("/out/again"), expected);
        assertThat(names(hdfs.getHomeDirectory())).contains("converted");
        assertThat(checkpoints().check("/out/masked").isTransposable()).isTrue();
    }

    @Test
    void aQuotaThatIsReachedLeavesNothing() throws IOException {
        copyCheckpoint("large");
        Path small = new Path("/small");
        hdfs.mkdirs(small);
        hdfs.setQuota(small, HdfsConstants.QUOTA_DONT_SET, 5_000);

        assertThatIOException()
                .isThrownBy(() -> checkpoints().mask("/models/large", "/small/out", "/small/masks"))
                .withMessageContaining("quota");

        assertThat(names(small)).isEmpty();
    }

    @Test
    void aTrainingResumesFromItsCheckpoints() throws Exception {
        SparkTraining.Builder stopped =
                training()
                        .optCheckpoints("/runs/7", 1)
                        .optListener(
                                (report, trainer) -> {
                                    if (report.round() == 0) {
                                        throw new IllegalArgumentException("stop");
                                    }
                                });
        assertThatThrownBy(() -> stopped.build().train(spark)).hasMessage("stop");
        assertThat(names(new Path("/runs/7"))).containsExactly("round-00001");

        List<Integer> rounds = new ArrayList<>();
        String resumed =
                train(stopped.optListener((report, trainer) -> rounds.add(report.round())));

        assertThat(rounds).containsExactly(1, 2);
        assertThat(resumed).isEqualTo(train(training()));
    }

    private static SparkTraining.Builder training() {
        return SparkTraining.builder()
                .setModel(Clusters::sgd)
                .optSparsifier(Clusters::masks)
                .setData(Clusters.DATA)
                .setTasks(2)
                .setRounds(3)
                .optLocalSteps(10)
                .optSeed(1);
    }

    private String train(SparkTraining.Builder builder) throws Exception {
        java.nio.file.Path to = Files.createTempDirectory(folder, "result");
        try (TrainingResult result = builder.build().train(spark)) {
            result.save(to);
        }
        return PlainRun.files(to).toString();
    }
}
