package org.djlsparse.cli.command;

import org.djlsparse.cli.data.IdxBytes;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

/** Commands for files choose the same tensors of a saved model as training did. */
class SavedModelsTest {

    @TempDir Path folder;

    @ParameterizedTest
    @CsvSource({
        "shakespeare, transformer, 2:4",
        "shakespeare, transformer, 8:16",
        "mnist, lenet, 2:4",
        "mnist, lenet, 4:8",
        "mnist, mlp, 2:4",
    })
    void checkAcceptsWhatTrainSaves(String task, String model, String pattern) throws IOException {
        List<String> options = options(task, model, pattern);

        Outcome train = run("train", options, "--save", "--output", folder.toString());

        assertThat(train.exitCode()).as(train.err()).isZero();
        Path sparse = folder.resolve("sparse.safetensors");
        assertChecked(sparse, pattern);
        Path masked = folder.resolve("masked.safetensors");
        Path dense = folder.resolve("dense.safetensors");
        assertThat(check(dense, pattern).exitCode()).isEqualTo(1);
        Outcome mask =
                Outcome.of("mask", "--pattern", pattern, dense.toString(), masked.toString());
        assertThat(mask.exitCode()).as(mask.err()).isZero();
        assertChecked(masked, pattern);
        assertThat(leftOut(mask.out()))
                .as("what training left dense")
                .isEqualTo(leftOut(check(sparse, pattern).out()));

        Path compressed = folder.resolve("compressed.safetensors");
        Outcome compress =
                Outcome.of(
                        "compress", "--pattern", pattern, sparse.toString(), compressed.toString());
        assertThat(compress.exitCode()).as(compress.err()).isZero();
        assertThat(check(compressed, pattern).out()).isEqualTo(check(sparse, pattern).out());
    }

    @ParameterizedTest
    @CsvSource({"mnist, lenet, 2:4", "mnist, mlp, 4:8"})
    void checkAcceptsWhatConvertWrites(String task, String model, String pattern)
            throws IOException {
        List<String> options = options(task, model, pattern);

        Outcome convert = run("convert", options, "--samples", "8", "--output", folder.toString());

        assertThat(convert.exitCode()).as(convert.err()).isZero();
        assertChecked(folder.resolve("converted.safetensors"), pattern);
    }

    /** Slow, since its data is the largest. */
    @Tag("slow")
    @Test
    void checkAcceptsWhatIsSavedOfNames() throws IOException {
        checkAcceptsWhatTrainSaves("names", "transformer", "2:4");
        checkAcceptsWhatConvertWrites("names", "transformer", "2:4");
    }

    private List<String> options(String task, String model, String pattern) throws IOException {
        List<String> options = new ArrayList<>();
        options.addAll(List.of("--task", task, "--model", model, "--pattern", pattern));
        options.addAll(List.of("--steps", "2", "--batch", "2"));
        if (task.equals("mnist")) {
            IdxBytes.writeMnist(folder, 10);
            options.addAll(List.of("--data", folder.toString()));
        } else if (task.equals("shakespeare")) {
            Path text = Files.writeString(folder.resolve("text"), "To be or not. ".repeat(500));
            options.addAll(List.of("--data", text.toString()));
        }
        return options;
    }

    private static Outcome run(String command, List<String> options, String... more) {
        List<String> args = new ArrayList<>(List.of(command));
        args.addAll(options);
        args.addAll(List.of(more));
        return Outcome.of(args.toArray(String[]::new));
    }

    private static void assertChecked(Path file, String pattern) {
        Outcome outcome = check(file, pattern);
        assertThat(outcome.exitCode()).as(outcome.out() + outcome.err()).isZero();
    }

    private static Outcome check(Path file, String pattern) {
        return Outcome.of("check", "--pattern", pattern, file.toString());
    }

    private static String leftOut(String text) {
        return text.substring(text.indexOf("left out:"));
    }
}
