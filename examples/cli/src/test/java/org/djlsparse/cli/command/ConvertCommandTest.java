package org.djlsparse.cli.command;

import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.nn.Block;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import org.djlsparse.cli.task.ModelName;
import org.djlsparse.cli.task.Task;
import org.djlsparse.cli.task.TaskName;
import org.djlsparse.cli.task.TaskSettings;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;

/** The command convert, on a small text model. */
class ConvertCommandTest {

    @TempDir private static Path trained;

    private static Path text;
    private static Path dense;

    @TempDir Path folder;

    @BeforeAll
    static void train() throws IOException {
        text = Files.writeString(trained.resolve("text"), "To be or not. ".repeat(500));
        dense = trained.resolve("dense");
        run("train", "--steps", "4", "--mask", "none", "--save", "--output", dense.toString());
        Files.delete(dense.resolve("sparse.safetensors"));
    }

    @ParameterizedTest
    @CsvSource({
        "magnitude, 2:4, transposable",
        "adaprune, 2:4, transposable",
        "adaprune, 4:8, row",
        "adam, 2:4, row"
    })
    void convertsASavedModel(String method, String pattern, String mask) throws IOException {
        Path out = folder.resolve("out");
        JsonObject root =
                convert(
                        "--method",
                        method,
                        "--pattern",
                        pattern,
                        "--mask",
                        mask,
                        "--output",
                        out.toString());

        assertThat(root.keySet())
                .containsExactly(
                        "task",
                        "model",
                        "pattern",
                        "mask",
                        "method",
                        "scores",
                        "samples",
                        "seconds",
                        "metric_name",
                        "before",
                        "after",
                        "layers");
        assertThat(root.get("method").getAsString()).isEqualTo(method);
        assertThat(root.get("scores").getAsString())
                .isEqualTo(method.equals("adaprune") ? "wanda" : "magnitude");
        assertThat(root.getAsJsonObject("after").keySet()).containsExactly("loss", "metric");
        assertThat(root.get("after")).isNotEqualTo(root.get("before"));
        for (JsonElement element : masked(root)) {
            JsonObject layer = element.getAsJsonObject();
            assertThat(layer.keySet())
                    .containsExactly(
                            "name",
                            "shape",
                            "pattern",
                            "kept",
                            "kept_magnitude",
                            "error_before",
                            "error_after",
                            "fit_seconds",
                            "method",
                            "reason");
            assertThat(layer.get("kept").getAsDouble()).isEqualTo(0.5);
            if (method.equals("adaprune")) {
                assertThat(layer.get("error_after").getAsDouble())
                        .isLessThan(layer.get("error_before").getAsDouble());
            }
        }
        assertThat(out.toFile().list())
                .containsExactlyInAnyOrder("converted.safetensors", "converted-0000.params");
        assertPattern(out.resolve("converted.safetensors"), pattern, mask.equals("row"));
    }

    /** Checks that the weights satisfy the pattern. */
    private static void assertPattern(Path file, String pattern, boolean alongRowsOnly) {
        Outcome check = Outcome.of("check", file.toString(), "--pattern", pattern, "--json");
        assertThat(check.exitCode()).as(check.out()).isEqualTo(alongRowsOnly ? 1 : 0);
    }

    @Test
    void theFilesOfBothKindsAreTheSameModelInPlainDjl() throws Exception {
        Path out = folder.resolve("out");
        convert("--output", out.toString());
        Path fromParams = folder.resolve("params");
        Files.createDirectory(fromParams);
        Files.copy(out.resolve("converted-0000.params"), fromParams.resolve("any-0000.params"));
        Path fromSafetensors = folder.resolve("safetensors");
        Files.createDirectory(fromSafetensors);
        Files.copy(
                out.resolve("converted.safetensors"), fromSafetensors.resolve("one.safetensors"));

        // A converted model converts to itself.
        JsonObject one = convert(fromParams, "--method", "magnitude");
        JsonObject other = convert(fromSafetensors, "--method", "magnitude");
        assertThat(one.get("before")).isEqualTo(other.get("before"));
        assertThat(one.get("after")).isEqualTo(one.get("before"));
        try (Task task =
                        TaskSettings.of(TaskName.SHAKESPEARE, ModelName.TRANSFORMER, text).open(1);
                Model model = Model.newInstance("converted")) {
            Block block = task.newBlock();
            model.setBlock(block);
            model.load(out, "converted");
            NDArray head = block.getParameters().get("04head_weight").getArray();
            long zeros = 0;
            for (float value : head.toFloatArray()) {
                zeros += value == 0 ? 1 : 0;
            }
            assertThat(zeros).isGreaterThanOrEqualTo(head.size() / 2);
        }
    }

    @Test
    void withoutAModelOneIsTrainedFirst() {
        Outcome outcome = run("convert", "--steps", "2", "--samples", "8", "--method", "magnitude");

        assertThat(outcome.out())
                .contains("score=magnitude, weights=mask only")
                .contains("04head_weight")
                .containsPattern("dense +\\d\\.\\d{4} +\\d\\.\\d{4}")
                .containsPattern("converted +\\d\\.\\d{4} +\\d\\.\\d{4}");
    }

    @Test
    void theBenchmarkComparesWays() {
        Outcome outcome =
                run(
                        "bench",
                        "convert",
                        "--steps",
                        "2",
                        "--samples",
                        "8",
                        "--seeds",
                        "2",
                        "--patterns",
                        "2:4",
                        "--variants",
                        "adaprune-magnitude",
                        "--json");

        JsonObject root = JsonParser.parseString(outcome.out()).getAsJsonObject();
        JsonArray rows = root.getAsJsonArray("conversions");
        assertThat(rows).hasSize(2 * 2);
        JsonObject magnitude = rows.get(0).getAsJsonObject();
        JsonObject closed = rows.get(1).getAsJsonObject();
        assertThat(magnitude.get("variant").getAsString()).isEqualTo("magnitude");
        assertThat(magnitude.get("recovered").isJsonNull()).isTrue();
        assertThat(closed.get("variant").getAsString()).isEqualTo("adaprune-magnitude");
        assertThat(closed.get("layer_error").getAsDouble())
                .isLessThan(magnitude.get("layer_error").getAsDouble());
        JsonObject loss = closed.getAsJsonObject("loss");
        double expected =
                1
                        - loss.get("mean").getAsDouble()
                                / magnitude.getAsJsonObject("loss").get("mean").getAsDouble();
        assertThat(closed.get("recovered").getAsDouble()).isEqualTo(expected);
    }

    @Test
    void refusesWhatIsNoModel() throws IOException {
        Path empty = Files.createDirectory(folder.resolve("empty"));
        assertRefused(empty, "must hold one model, NAME.safetensors or NAME-0000.params");
        assertRefused(folder.resolve("missing"), "must be a folder");
        Path two = Files.createDirectory(folder.resolve("two"));
        Files.copy(dense.resolve("dense.safetensors"), two.resolve("a.safetensors"));
        Files.copy(dense.resolve("dense.safetensors"), two.resolve("b.safetensors"));
        assertRefused(two, "has [a, b]");
        Path broken = Files.createDirectory(folder.resolve("broken"));
        Files.writeString(broken.resolve("dense-0000.params"), "no parameters");
        assertRefused(broken, "is not a transformer");
        Path other = Files.createDirectory(folder.resolve("other"));
        Files.writeString(folder.resolve("other-text"), "abcdefghijklmnopqrstuvwxyz".repeat(200));
        Outcome another =
                Outcome.of(
                        "train",
                        "--task",
                        "shakespeare",
                        "--data",
                        folder.resolve("other-text").toString(),
                        "--width",
                        "0.5",
                        "--steps",
                        "1",
                        "--save",
                        "--output",
                        other.toString());
        assertThat(another.exitCode()).isZero();
        Files.delete(other.resolve("sparse.safetensors"));
        assertRefused(other, "parameter \"01");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--mask | none | must be transposable or row",
                "--pattern | 64:256 | must have a layer with at least M = 256",
                "--method | sgd | magnitude, adaprune, adam",
                "--score | size | magnitude, wanda, obs",
                "--samples | 0 | at least 1"
            })
    void refusesAnOption(String option, String value, String constraint) {
        List<String> arguments = arguments("convert", option, value);
        Outcome outcome = Outcome.of(arguments.toArray(String[]::new));

        assertThat(outcome.exitCode()).isEqualTo(2);
        assertThat(outcome.err()).contains(option).contains(constraint).hasLineCount(1);
        assertThat(outcome.out()).isEmpty();
    }

    private void assertRefused(Path models, String reason) {
        Path out = folder.resolve("none");
        List<String> arguments =
                arguments("convert", "--model-dir", models.toString(), "--output", out.toString());
        Outcome outcome = Outcome.of(arguments.toArray(String[]::new));

        assertThat(outcome.exitCode()).as("%s", outcome.err()).isEqualTo(2);
        assertThat(outcome.err()).contains(reason).hasLineCount(1);
        assertThat(out).isEmptyDirectory();
    }

    private JsonObject convert(String... options) {
        return convert(dense, options);
    }

    private JsonObject convert(Path models, String... options) {
        List<String> all = new ArrayList<>(List.of(options));
        all.addAll(List.of("--model-dir", models.toString(), "--samples", "16", "--json"));
        Outcome outcome =
                run(Stream.concat(Stream.of("convert"), all.stream()).toArray(String[]::new));
        assertThat(outcome.out().strip()).hasLineCount(1);
        return JsonParser.parseString(outcome.out()).getAsJsonObject();
    }

    private static Outcome run(String... command) {
        List<String> arguments = arguments(command);
        Outcome outcome = Outcome.of(arguments.toArray(String[]::new));
        assertThat(outcome.exitCode()).as("%s", outcome.err()).isZero();
        return outcome;
    }

    private static List<String> arguments(String... command) {
        List<String> arguments = new ArrayList<>(Arrays.asList(command));
        arguments.addAll(
                List.of("--task", "shakespeare", "--data", text.toString(), "--width", "0.5"));
        return arguments;
    }

    private static List<JsonElement> masked(JsonObject root) {
        return root.getAsJsonArray("layers").asList().stream()
                .filter(layer -> !layer.getAsJsonObject().get("pattern").isJsonNull())
                .toList();
    }
}
