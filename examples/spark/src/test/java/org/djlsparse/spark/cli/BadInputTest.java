package org.djlsparse.spark.cli;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;

class BadInputTest {

    @TempDir Path folder;

    private static void assertRefused(Outcome outcome, String... parts) {
        assertThat(outcome.err()).contains(parts).hasLineCount(1);
        assertThat(outcome.out()).isEmpty();
        assertThat(outcome.exitCode()).isEqualTo(2);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "mask a b --pattern | 3:2 | N must be from 1 to M = 2",
                "mask a b --max-shard-size | 5XB | must be a number of bytes",
                "mask a b --solver | row-wise | not transposable",
                "mask a b --solver | enumeration --pattern 4:8 | does not support --pattern 4:8",
                "mask a b --mask | none | must be transposable or row",
                "check a --mask | none | must be transposable or row",
                "compress a b --include | ( | ",
                "train --tasks | 0 | at least 1",
                "train --tasks | 100000 | must be at most",
                "train --local-steps | 0 | at least 1",
                "train --outer | sum | average, nesterov",
                "train --outer-rate | 0.5 | needs --outer nesterov",
                "train --outer nesterov --outer-momentum | 1 | less than 1",
                "train --exchange | none | auto, all",
                "train --checkpoint-every | 2 | needs --checkpoints",
                "train --kernel | auto | must be dense",
                "train --pattern | 1:1 | M must be at least 2",
                "train --data | nowhere | takes no data",
                "train --distill | 0.5 | Unknown option",
                "adaprune --method | adam | must be adaprune or magnitude",
                "adaprune --model-dir | nowhere | must be a folder",
            })
    void refusesAnOption(String command, String value, String constraint) {
        String[] args = (command + " " + value).split(" ", -1);
        String option = command.substring(command.lastIndexOf(' ') + 1);

        assertRefused(
                Outcome.of(args),
                "djl-sparse-spark",
                option,
                value.split(" ", -1)[0],
                constraint == null ? "" : constraint);
    }

    @Test
    void adaPruneNeedsAModel() {
        assertRefused(Outcome.of("adaprune"), "--model-dir: must be given");
    }

    @Test
    void aCommandIsNeeded() {
        assertRefused(Outcome.of(), "a command must be given: mask, check, ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"mask", "compress", "convert", "decompress"})
    void refusesAnUnknownScheme(String command) throws IOException {
        String in = Checkpoint.write(folder.resolve("model.safetensors")).toString();

        assertRefused(
                Outcome.of(command, "nope://x", folder.resolve("out").toString()),
                "nope://x",
                "no file system for the scheme \"nope\"");
        if (!command.equals("decompress")) { // which asks for a compressed file first
            assertRefused(Outcome.of(command, in, "nope://y"), "nope://y", "scheme \"nope\"");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"mask", "compress", "convert", "decompress"})
    void refusesAFileThatIsNotThere(String command) {
        String in = folder.resolve("none.safetensors").toString();
        Path out = folder.resolve("out");

        assertRefused(Outcome.of(command, in, out.toString()), in, "no such file");
        assertThat(out).doesNotExist();
    }

    @Test
    void refusesAFolderThatHoldsFiles() throws IOException {
        String in = Checkpoint.write(folder.resolve("model.safetensors")).toString();
        Path out = Files.createDirectory(folder.resolve("out"));
        Path file = Files.writeString(out.resolve("notes.txt"), "mine");

        assertRefused(
                Outcome.of("mask", in, out.toString()),
                out.toString(),
                "must be a new or an empty");
        assertThat(file).hasContent("mine");
    }

    @Test
    void refusesMasksInTheOutput() throws IOException {
        String in = Checkpoint.write(folder.resolve("model.safetensors")).toString();
        Path out = Path.of("").toAbsolutePath().relativize(folder.resolve("out"));

        assertRefused(
                Outcome.of("mask", in, out.toString(), "--masks-output", out + "/masks"),
                "--masks-output " + out + "/masks: must be neither in the output " + out);
        assertThat(out).doesNotExist();
    }

    @Test
    void refusesTensorsThatAreNotThere() throws IOException {
        String in = Checkpoint.write(folder.resolve("model.safetensors")).toString();

        assertRefused(
                Outcome.of("mask", in, folder.resolve("out").toString(), "--include", "none.*"),
                "--include none.*");
    }
}
