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
                .contains("study of mnist, mlp, 5 steps, batch 64, test, seed 1")
                .contains("hubara, changed: masked, masks refreshed every 2 steps")
                .containsPattern("seed 1, row-2:4: +[01]\\.\\d{4} accuracy")
                .containsPattern("dense +[\\d,]+ +[01]\\.\\d{4} +- +- +- +- +\\d")
                .containsPattern("transposable-8:16 +[\\d,]+ +[01]\\.\\d{4} +- +[+-]\\d.* yes")
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
                        "settings",
                        "epochs",
                        "metric_name",
                        "seeds",
                        "variants",
                        "diversity_block",
                        "correlation_masks",
                        "correlation_formula",
                        "runs");
        assertThat(root.getAsJsonObject("settings").get("recipe").getAsString())
                .isEqualTo(
                        "hubara, changed: dense for 20.0%, then masked, masks refreshed every 2"
                                + " steps, dense for the last 20.0%");
        assertThat(strings(root.getAsJsonArray("variants"), "variant"))
                .containsExactly("dense", "row-2:4", "static-2:4");
        JsonObject row = root.getAsJsonArray("variants").get(1).getAsJsonObject();
        assertThat(row.keySet())
                .containsExactly(
                        "variant",
                        "width",
                        "parameters",
                        "kept_parameters",
                        "metric",
                        "loss",
                        "difference",
                        "loss_difference",
                        "last_tenth",
                        "training_loss",
                        "kept_magnitude",
                        "flip_rate",
                        "seconds_per_step",
                        "refresh_share",
                        "valid",
                        "log10_masks",
                        "log10_formula");
        assertThat(row.getAsJsonObject("difference").keySet())
                .containsExactly("mean", "standard_error", "interval");
        assertThat(row.get("valid").getAsBoolean()).isTrue();
        JsonArray runs = root.getAsJsonArray("runs");
        assertThat(strings(runs, "variant"))
                .containsExactly(
                        "dense", "row-2:4", "static-2:4", "dense", "row-2:4", "static-2:4");
        assertThat(runs.get(1).getAsJsonObject().keySet())
                .containsExactly(
                        "variant",
                        "seed",
                        "width",
                        "parameters",
                        "kept_parameters",
                        "loss",
                        "metric",
                        "last_tenth",
                        "training_loss",
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
        assertThat(outcome.out())
                .contains("2 of 4 runs are done, 2 are left")
                .doesNotContain("seed 1, ")
                .contains("seed 2, ");
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
    void widthsAblationsAndDistillation() throws IOException {
        Outcome outcome =
                study(
                        "wide",
                        "--seeds=1",
                        "--first-seed=7",
                        "--variants=transposable-2:4",
                        "--ablate",
                        "--widths=0.25,0.5",
                        "--warm-up=20%",
                        "--freeze=1");

        assertThat(outcome.exitCode()).as("%s", outcome.err()).isZero();
        assertThat(outcome.out())
                .contains("seed 7, transposable-2:4/distilled, width 0.5:")
                .containsPattern("transposable-2:4/no-warm-up, width 0.25 +[\\d,]+ .* yes")
                .contains("width.png", "parameters.png");
        JsonObject root =
                JsonParser.parseString(Files.readString(folder.resolve("wide/study.json")))
                        .getAsJsonObject();
        assertThat(strings(root.getAsJsonArray("variants"), "variant"))
                // The recipe's rule is the masked one already.
                .hasSize(2 * 8)
                .doesNotContain("transposable-2:4/masked-rule")
                .startsWith("dense", "transposable-2:4", "transposable-2:4/no-warm-up");
        JsonObject narrow = root.getAsJsonArray("variants").get(1).getAsJsonObject();
        // 784 x 128, 128 x 64 and, ragged, 64 x 10 weights, half of them; and 202 biases.
        assertThat(narrow.get("parameters").getAsLong())
                .isEqualTo(784 * 128 + 128 * 64 + 64 * 10 + 202);
        assertThat(narrow.get("kept_parameters").getAsLong())
                .isBetween((784 * 128 + 128 * 64) / 2 + 202 + 1L, 784 * 64 + 64 * 64 + 202 + 384L);
        assertThat(folder.resolve("wide/dense-seed-7-width-0.25.safetensors")).isNotEmptyFile();
        assertThat(ImageIO.read(folder.resolve("wide/width.png").toFile()).getWidth())
                .isEqualTo(1000);
    }

    @Test
    void aDenseModelIsTrainedAgainIfItWasNotKept() throws IOException {
        assertThat(study("teach", "--seeds=1", "--variants=dense").exitCode()).isZero();

        Outcome outcome = study("teach", "--seeds=1", "--variants=dense", "--ablate", "--resume");

        assertThat(outcome.exitCode()).as("%s", outcome.err()).isZero();
        assertThat(folder.resolve("teach/dense-seed-1-width-1.0.safetensors")).isNotEmptyFile();
    }

    @Test
    void validationLeavesTheTestDataAlone() throws IOException {
        IdxBytes.write(folder.resolve("t10k-images-idx3-ubyte.gz"), 0x803, 9, 2, 28, 28);

        Outcome outcome = study("held", "--seeds=1", "--variants=dense", "--evaluate=validation");

        assertThat(outcome.exitCode()).as("%s", outcome.err()).isZero();
        assertThat(Files.readString(folder.resolve("held/runs.jsonl")))
                .contains("\"training_examples\":9,\"evaluation_examples\":1");
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
                study("other", "--resume", "--warm-up=3", "--batch=32"),
                "has other settings: batch was 64, is 32; recipe was \"hubara, changed: masked,"
                        + " masks refreshed every 2 steps\", is \"hubara, changed: dense for 60.0%,"
                        + " then masked");
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
                "--freeze=120% | a share from 0% to 100%",
                "--freeze=80%,--warm-up=30% | must leave at least one of 5 steps for masks",
                "--refresh-growth=1.5,--longest-interval=1 | max 1: must be at least",
                "--widths=1,0 | must be a number above 0",
                "--layers=feed-forward | model mlp has no such layers",
                "--distill=1.5 | a number above 0 and at most 1",
                "--lambda=1 | --rule masked has no such factor",
                "--variants=dense,3:4 | '3:4' must be one of dense, row-2:4",
                "--warm-up=5 | must leave at least one of 5 steps for masks",
                "--variants=column | 'column' must be one of dense, row-2:4, transposable-2:4",
            })
    void refusesAnOption(String option, String message) {
        assertRefused(study("none", option.split(",(?=--)")), message);
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
                                "--recipe",
                                "hubara",
                                "--rule",
                                "masked",
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
