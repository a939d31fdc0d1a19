package org.djlsparse.cli.command;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import org.djlsparse.cli.data.IdxBytes;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import javax.imageio.ImageIO;

import static org.assertj.core.api.Assertions.assertThat;

class StudyCommandTest {

    private static final String TIMES = "\"(seconds_per_step|refresh_share)\":[0-9.E-]+";

    @TempDir Path folder;

    @BeforeEach
    void writeDigits() throws IOException {
        IdxBytes.writeMnist(folder, 10);
    }

    @Test
    void tableAndPictures() throws IOException {
        Outcome outcome = study("all", "--seeds", "1");

        assertThat(outcome.exitCode()).as("%s", outcome.err()).isZero();
        assertThat(outcome.out())
                .contains("study of mnist, mlp, 5 steps, batch 64, masked, seed 1")
                .containsPattern("seed 1, row-2:4: +[01]\\.\\d{4} accuracy")
                .containsPattern("dense +[01]\\.\\d{4} +- +- +- +- +- +\\d")
                .containsPattern("transposable-8:16 +[01]\\.\\d{4} +- +[+-]\\d.* yes")
                .contains("study.json");
        assertThat(ImageIO.read(folder.resolve("all/study.png").toFile()).getWidth())
                .isEqualTo(1000);
        assertThat(ImageIO.read(folder.resolve("all/diversity.png").toFile()).getWidth())
                .isEqualTo(1000);
    }

    @Test
    void allNumbersAsJson() throws IOException {
        Outcome outcome =
                study(
                        "json",
                        "--seeds=2",
                        "--variants=static-2:4,row-2:4",
                        "--warm-up=1",
                        "--dense-finish=1",
                        "--batch=3",
                        "--learning-rate=0.001",
                        "--json");

        assertThat(outcome.err()).isEmpty();
        assertThat(outcome.out().strip()).hasLineCount(1);
        JsonObject root = JsonParser.parseString(outcome.out()).getAsJsonObject();
        assertThat(root.keySet())
                .containsExactly(
                        "task",
                        "model",
                        "metric_name",
                        "steps",
                        "batch",
                        "learning_rate",
                        "seeds",
                        "rule",
                        "lambda",
                        "refresh_every",
                        "warm_up",
                        "dense_finish",
                        "variants",
                        "diversity_block",
                        "correlation_masks",
                        "correlation_formula",
                        "runs");
        assertThat(root.get("rule").getAsString()).isEqualTo("masked");
        assertThat(strings(root.getAsJsonArray("variants"), "variant"))
                .containsExactly("dense", "row-2:4", "static-2:4");
        JsonObject row = root.getAsJsonArray("variants").get(1).getAsJsonObject();
        assertThat(row.keySet())
                .containsExactly(
                        "variant",
                        "metric",
                        "difference",
                        "kept_magnitude",
                        "flip_rate",
                        "seconds_per_step",
                        "refresh_share",
                        "valid",
                        "log10_masks",
                        "log10_formula");
        assertThat(row.getAsJsonObject("difference").keySet())
                .containsExactly("mean", "standard_error");
        assertThat(row.get("valid").getAsBoolean()).isTrue();
        JsonArray runs = root.getAsJsonArray("runs");
        assertThat(strings(runs, "variant"))
                .containsExactly(
                        "dense", "row-2:4", "static-2:4", "dense", "row-2:4", "static-2:4");
        assertThat(runs.get(1).getAsJsonObject().keySet())
                .containsExactly(
                        "variant",
                        "seed",
                        "loss",
                        "metric",
                        "seconds_per_step",
                        "refreshes",
                        "refresh_share",
                        "kept_magnitude",
                        "flip_rate",
                        "valid");
        // Steps 2 to 4 of 5 have masks, refreshed at the second and the fourth.
        assertThat(strings(runs, "refreshes")).containsExactly("0", "2", "1", "0", "2", "1");
        assertThat(Files.readString(folder.resolve("json/study.json"))).isEqualTo(outcome.out());
    }

    @Test
    void resumesAsIfNeverInterrupted() throws IOException {
        assertThat(study("whole", "--seeds=2", "--variants=transposable-2:4").exitCode()).isZero();
        String whole = Files.readString(folder.resolve("whole/runs.jsonl"));
        List<String> lines = whole.lines().toList();
        assertThat(lines).hasSize(1 + 4);

        // Interrupted while the third run was being written.
        Path output = Files.createDirectory(folder.resolve("rest"));
        Files.writeString(
                output.resolve("runs.jsonl"),
                String.join("\n", lines.subList(0, 3)) + "\n" + lines.get(3).substring(0, 20));
        Outcome outcome = study("rest", "--resume", "--seeds=2", "--variants=transposable-2:4");

        assertThat(outcome.exitCode()).as("%s", outcome.err()).isZero();
        assertThat(outcome.out()).doesNotContain("seed 1, ").contains("seed 2, ");
        String rest = Files.readString(output.resolve("runs.jsonl"));
        assertThat(rest.lines().toList()).startsWith(lines.subList(0, 3).toArray(String[]::new));
        assertThat(rest.replaceAll(TIMES, "")).isEqualTo(whole.replaceAll(TIMES, ""));
    }

    @Test
    void resumesWithMoreVariants() throws IOException {
        assertThat(study("more", "--seeds=1", "--variants=dense").exitCode()).isZero();
        assertThat(folder.resolve("more/diversity.png")).doesNotExist();

        Outcome outcome = study("more", "--seeds=1", "--variants=static-2:4", "--resume");

        assertThat(outcome.exitCode()).isZero();
        assertThat(outcome.out()).doesNotContain("seed 1, dense").contains("seed 1, static-2:4");
        assertThat(Files.readAllLines(folder.resolve("more/runs.jsonl"))).hasSize(3);
    }

    @Test
    void refusesAFolderThatHoldsAStudy() throws IOException {
        Path output = Files.createDirectory(folder.resolve("taken"));
        Files.createFile(output.resolve("runs.jsonl"));

        assertRefused(study("taken"), "--output " + output, "add --resume");
    }

    @Test
    void refusesOtherSettings() throws IOException {
        assertThat(study("other", "--seeds=1", "--variants=dense").exitCode()).isZero();
        byte[] before = Files.readAllBytes(folder.resolve("other/runs.jsonl"));

        assertRefused(
                study("other", "--resume", "--rule=straight-through", "--warm-up=3"),
                "has other settings: rule was \"masked\", is \"straight-through\";"
                        + " warm_up was 0, is 3");
        assertThat(folder.resolve("other/runs.jsonl")).hasBinaryContent(before);
    }

    @ParameterizedTest
    @CsvSource({"not json", "'[1, 2]'", "null", "'{\"seed\":1}'"})
    void refusesABrokenFile(String line) throws IOException {
        assertThat(study("broken", "--seeds=1", "--variants=dense").exitCode()).isZero();
        Path runs = folder.resolve("broken/runs.jsonl");
        Files.writeString(runs, Files.readAllLines(runs).get(0) + "\n" + line + "\n");

        assertRefused(study("broken", "--resume"), "line 2 of runs.jsonl is broken");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "--seeds=0 | at least 1",
                "--warm-up=-1 | at least 0",
                "--warm-up=2.5 | at least 0",
                "--variants=dense,3:4 | '3:4' must be one of dense, row-2:4",
                "--warm-up=5 | must leave at least one of 5 steps for masks",
                "--variants=column | 'column' must be one of dense, row-2:4, transposable-2:4",
            })
    void refusesAnOption(String option, String message) {
        assertRefused(study("none", option), message);
        assertThat(folder.resolve("none")).doesNotExist();
    }

    private Outcome study(String output, String... options) {
        List<String> args =
                new ArrayList<>(
                        List.of(
                                "study",
                                "--task",
                                "mnist",
                                "--model",
                                "mlp",
                                "--steps",
                                "5",
                                "--refresh-every",
                                "2",
                                "--data",
                                folder.toString(),
                                "--output",
                                folder.resolve(output).toString()));
        args.addAll(List.of(options));
        return Outcome.of(args.toArray(String[]::new));
    }

    private static List<String> strings(JsonArray array, String key) {
        List<String> values = new ArrayList<>();
        for (JsonElement element : array) {
            values.add(element.getAsJsonObject().get(key).getAsString());
        }
        return values;
    }

    private static void assertRefused(Outcome outcome, String... parts) {
        assertThat(outcome.exitCode()).isEqualTo(2);
        assertThat(outcome.out()).isEmpty();
        assertThat(outcome.err().strip()).hasLineCount(1).contains(parts);
    }
}
