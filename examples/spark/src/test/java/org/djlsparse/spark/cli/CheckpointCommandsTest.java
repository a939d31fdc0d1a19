package org.djlsparse.spark.cli;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;

/** Tests that the commands for checkpoints do what those of a single machine do. */
class CheckpointCommandsTest {

    @TempDir Path folder;

    private String in = "";

    @BeforeEach
    void writeInput() throws IOException {
        in = Checkpoint.write(folder.resolve("model.safetensors")).toString();
    }

    private String path(String name) {
        return folder.resolve(name).toString();
    }

    /** The index of a folder's checkpoint, for the single machine. */
    private String index(String name) throws IOException {
        Files.createDirectories(folder.resolve(name));
        return path(name + "/model.safetensors.index.json");
    }

    private void assertEqualFiles(String actual, String expected) throws IOException {
        assertEqualFiles(3, actual, expected);
    }

    private void assertEqualFiles(int count, String actual, String expected) throws IOException {
        assertThat(Checkpoint.files(folder.resolve(actual)))
                .hasSize(count)
                .isEqualTo(Checkpoint.files(folder.resolve(expected)));
    }

    private static void assertDone(Outcome outcome) {
        assertThat(outcome.err()).isEmpty();
        assertThat(outcome.exitCode()).isZero();
    }

    /** Without the times and the sizes of files, which are those of other runs. */
    private static String stable(Outcome outcome) {
        return outcome.out()
                .replaceAll("\"seconds\":[0-9.Ee-]+", "\"seconds\":0")
                .replaceAll("\"bytes_before\":\\d+", "\"bytes_before\":0");
    }

    @Test
    void masksAsASingleMachine() throws IOException {
        String[] options = {
            "--pattern",
            "4:8",
            "--solver",
            "greedy",
            "--exclude",
            "down.*",
            "--max-shard-size",
            Checkpoint.SHARD_SIZE,
            "--json"
        };

        Outcome outcome =
                Outcome.of(
                        with(
                                options,
                                "mask",
                                in,
                                path("spark"),
                                "--masks-output",
                                path("spark-masks")));

        assertDone(outcome);
        Outcome single =
                Outcome.ofSingle(
                        with(
                                options,
                                "mask",
                                in,
                                index("single"),
                                "--masks-output",
                                index("single-masks")));
        assertThat(stable(outcome)).isEqualTo(stable(single)).contains("\"solver\":\"greedy\"");
        assertEqualFiles("spark", "single");
        assertEqualFiles(2, "spark-masks", "single-masks"); // one shard has no mask
    }

    @Test
    void masksAlongRows() throws IOException {
        String[] options = {"--mask", "row", "--max-shard-size", Checkpoint.SHARD_SIZE};

        Outcome outcome = Outcome.of(with(options, "mask", in, path("spark")));

        assertDone(outcome);
        assertThat(outcome.out()).contains("up.weight").contains("rows").contains("left out");
        Outcome.ofSingle(with(options, "mask", in, index("single")));
        assertEqualFiles("spark", "single");
        assertThat(Outcome.of("check", path("spark")).exitCode()).isEqualTo(1);
        assertThat(Outcome.of("check", path("spark"), "--mask", "row").exitCode()).isZero();
    }

    @Test
    void checksAsASingleMachine() throws IOException {
        Outcome dense = Outcome.of("check", in, "--json");

        assertThat(dense.exitCode()).isEqualTo(1);
        assertThat(dense.out()).isEqualTo(Outcome.ofSingle("check", in, "--json").out());

        assertDone(Outcome.of("mask", "file:" + in, path("sparse")));
        Outcome sparse = Outcome.of("check", path("sparse"));

        assertDone(sparse);
        assertThat(sparse.out()).contains("up.weight    both ways");
    }

    @Test
    void compressesAndDecompressesAsASingleMachine() throws IOException {
        Outcome.ofSingle("mask", in, in);
        String[] options = {"--both", "--max-shard-size", Checkpoint.SHARD_SIZE, "--json"};

        Outcome outcome = Outcome.of(with(options, "compress", in, path("spark")));

        assertDone(outcome);
        Outcome single = Outcome.ofSingle(with(options, "compress", in, index("single")));
        assertThat(stable(outcome)).isEqualTo(stable(single)).contains("\"both_ways\":true");
        assertEqualFiles("spark", "single");

        String[] size = {"--max-shard-size", Checkpoint.SHARD_SIZE};
        Outcome again = Outcome.of(with(size, "decompress", path("spark"), path("again")));

        assertDone(again);
        assertThat(again.out()).contains("bytes before");
        Outcome.ofSingle(with(size, "decompress", index("single"), index("single-again")));
        assertEqualFiles("again", "single-again");
    }

    @Test
    void convertsAsMaskAndCompress() throws IOException {
        String[] size = {"--max-shard-size", Checkpoint.SHARD_SIZE};

        Outcome outcome = Outcome.of(with(size, "convert", in, path("spark")));

        assertDone(outcome);
        assertThat(outcome.out()).contains("2:4").contains("bytes before");
        Outcome.ofSingle("mask", in, path("masked.safetensors"));
        Outcome.ofSingle(with(size, "compress", path("masked.safetensors"), index("single")));
        assertEqualFiles("spark", "single");
    }

    private static String[] with(String[] options, String... first) {
        String[] all = new String[first.length + options.length];
        System.arraycopy(first, 0, all, 0, first.length);
        System.arraycopy(options, 0, all, first.length, options.length);
        return all;
    }
}
