package org.djlsparse.cli.command;

import org.djlsparse.cli.data.IdxBytes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;

class BadInputTest {

    @TempDir Path folder;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--pattern | 3:2 | N must be from 1 to M = 2",
                "--pattern | 0:4 | N must be from 1 to M = 4",
                "--pattern | 1:1 | M must be at least 2",
                "--pattern | abc | must be N:M",
                "--refresh-every | 0 | at least 1",
                "--refresh-every | often | at least 1",
                "--steps | 0 | at least 1",
                "--steps | 2.5 | at least 1",
                "--epochs | -1 | at least 1",
                "--seed | x | is not an int",
                "--task | digits | names, mnist, shakespeare",
                "--model | gpt | resnet, mlp, lenet, transformer",
                "--optimizer | rmsprop | sgd, adam, adamw",
                "--schedule | step | constant, cosine, warmup-cosine",
                "--recipe | best | stay-sparse, masked, hubara, sr-ste, 2by4, fine-tune",
                "--final-rate | 2 | a number above 0 and at most 1",
                "--weight-decay | -1 | a number, at least 0",
                "--dropout | 1 | less than 1",
                "--evaluate | train | test, validation",
                "--layers | first | all, feed-forward",
                "--warm-up | 101% | a share from 0% to 100%",
                "--warm-up | 100% | must leave at least one of",
                "--refresh-growth | 2 | needs --refresh-every",
                "--mask | column | transposable, row, none",
                "--rule | none | masked, straight-through, sr-ste, masked-decay",
                "--kernel | gpu | must be one of auto, dense, dense-fp32, ",
                "--lambda | 0 | must be a number above 0",
                "--lambda | -1e-3 | must be a number above 0",
                "--lambda | NaN | must be a number above 0",
                "--lambda | much | must be a number above 0",
                "--lambda | 0.5 | needs --rule sr-ste or masked-decay",
                "--colour | red | Unknown option",
            })
    void refusesAnOption(String option, String value, String constraint) {
        assertRefused(Outcome.of("train", option, value), option, value, constraint);
    }

    @ParameterizedTest
    @CsvSource({
        "names, mlp, [transformer]",
        "names, lenet, [transformer]",
        "shakespeare, mlp, [transformer]",
        "mnist, transformer, '[resnet, lenet, mlp]'",
    })
    void refusesAModelThatDoesNotFitTheTask(String task, String model, String models) {
        assertRefused(
                Outcome.of("train", "--task", task, "--model", model),
                "--model",
                model,
                "task " + task + " must have one of " + models);
    }

    @ParameterizedTest
    @CsvSource({"--width, 2.0", "--depth, 3", "--dropout, 0.5"})
    void lenetHasOneSize(String option, String value) throws IOException {
        IdxBytes.writeMnist(folder, 2);

        assertRefused(
                Outcome.of(
                        "train",
                        "--task=mnist",
                        "--model=lenet",
                        "--data=" + folder,
                        option,
                        value),
                option,
                value,
                "model lenet has one size");
    }

    @Test
    void heldOutDigitsNeedTheirFolder() {
        assertRefused(
                Outcome.of("train", "--task=mnist", "--evaluate=validation"),
                "--evaluate",
                "validation",
                "must have --data");
    }

    @Test
    void refusesDataForNames() {
        assertRefused(
                Outcome.of("train", "--data", "somewhere"),
                "--data",
                "somewhere",
                "task names takes no data");
    }

    @Test
    void textMustBeGiven() {
        assertRefused(
                Outcome.of("train", "--task", "shakespeare"), "--data", "shakespeare must have it");
    }

    @Test
    void textMustBeThere() {
        assertTextRefused(folder.resolve("none.txt"), "no such file");
    }

    @Test
    void textMustBeAFile() {
        assertTextRefused(folder, "is not a file");
    }

    @Test
    void textMustBeUtf8() throws IOException {
        assertTextRefused(
                Files.write(file(), new byte[] {'a', (byte) 0xff, 'b'}), "must be text in UTF-8");
    }

    @Test
    void textMustNotBeEmpty() throws IOException {
        assertTextRefused(Files.createFile(file()), "has 0 characters, must have at least 650");
    }

    @Test
    void textMustBeLongEnough() throws IOException {
        assertTextRefused(
                Files.writeString(file(), "a".repeat(600)),
                "has 600 characters, must have at least 650");
    }

    @Test
    void digitsMustBeInAFolder() throws IOException {
        assertDigitsRefused(Files.createFile(file()), "must be a folder");
    }

    @Test
    void digitsMustBeThere() {
        assertDigitsRefused(folder, "train-images-idx3-ubyte.gz is missing");
    }

    @Test
    void digitsMustNotBeBroken() throws IOException {
        IdxBytes.writeMnist(folder, 2);
        IdxBytes.write(folder.resolve("t10k-images-idx3-ubyte.gz"), 0x803, 9, 2, 28, 28);

        assertDigitsRefused(folder, "t10k-images-idx3-ubyte.gz ends early: 9 of 1568 values");
    }

    @Test
    void outputMustBeAFolderThatCanBeWritten() throws IOException {
        Path output = Files.createFile(file()).resolve("below");

        assertRefused(
                Outcome.of("train", "--output", output.toString()),
                "--output",
                output.toString(),
                "must be a folder that can be written");
    }

    @Test
    void patternMustFitALayer() {
        assertRefused(
                Outcome.of(
                        "train", "--pattern", "600:1200", "--output", folder.toString(), "--json"),
                "--pattern",
                "600:1200",
                "at least M = 1200 inputs and outputs");
    }

    @Test
    void commandMustBeGiven() {
        assertRefused(Outcome.of(), "a command must be given: train");
    }

    private void assertTextRefused(Path data, String constraint) {
        assertRefused(
                Outcome.of("train", "--task", "shakespeare", "--data", data.toString()),
                "--data",
                data.toString(),
                constraint);
    }

    private void assertDigitsRefused(Path data, String constraint) {
        assertRefused(
                Outcome.of("train", "--task", "mnist", "--data", data.toString()),
                "--data",
                data.toString(),
                constraint);
    }

    private static void assertRefused(Outcome outcome, String... parts) {
        assertThat(outcome.exitCode()).isEqualTo(2);
        assertThat(outcome.out()).isEmpty();
        assertThat(outcome.err().strip()).hasLineCount(1).contains(parts);
    }

    private Path file() {
        return folder.resolve("file");
    }
}
