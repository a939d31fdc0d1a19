package org.djlsparse.cli.command;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import org.djlsparse.cli.data.IdxBytes;
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

class TrainCommandTest {

    @TempDir Path folder;

    @Test
    void namesAsJson() throws IOException {
        JsonObject root =
                json(
                        "train",
                        "--task",
                        "names",
                        "--steps",
                        "3",
                        "--recipe",
                        "hubara",
                        "--refresh-every",
                        "2",
                        "--json",
                        "--width",
                        "0.25",
                        "--output",
                        folder.toString());

        assertThat(root.keySet())
                .containsExactly(
                        "task",
                        "model",
                        "pattern",
                        "mask",
                        "kernel",
                        "kernel_seconds",
                        "seed",
                        "steps",
                        "dense",
                        "sparse");
        assertThat(root.get("kernel").getAsString()).isEqualTo("auto");
        assertThat(root.get("kernel_seconds").getAsDouble()).isPositive();
        assertThat(root.get("model").getAsString()).isEqualTo("transformer");
        assertThat(root.get("steps").getAsInt()).isEqualTo(3);
        assertThat(root.getAsJsonObject("dense").keySet())
                .containsExactly("loss", "metric", "metric_name", "seconds");
        JsonObject sparse = root.getAsJsonObject("sparse");
        assertThat(sparse.keySet())
                .containsExactly(
                        "loss",
                        "metric",
                        "metric_name",
                        "seconds",
                        "density",
                        "valid",
                        "refreshes",
                        "flip_rate",
                        "layers");
        assertThat(sparse.get("metric_name").getAsString()).isEqualTo("bits_per_character");
        assertThat(sparse.get("valid").getAsBoolean()).isTrue();
        assertThat(sparse.get("density").getAsDouble()).isEqualTo(0.5);
        assertThat(sparse.get("refreshes").getAsInt()).isEqualTo(2);
        for (JsonElement layer : sparse.getAsJsonArray("layers")) {
            JsonObject object = layer.getAsJsonObject();
            assertThat(object.keySet())
                    .containsExactly("name", "shape", "masked", "reason", "kernel");
            assertThat(object.get("masked").getAsBoolean())
                    .isEqualTo(object.get("reason").isJsonNull())
                    .isEqualTo(!object.get("kernel").isJsonNull());
        }
        assertPicture("learning-curve.png");
        assertPicture("mask.png");
        assertPicture("masks.png");
        assertThat(Files.readAllLines(folder.resolve("metrics.csv")))
                .hasSize(1 + 2 * 3)
                .startsWith("run,step,loss,seconds,refresh_seconds")
                .element(1)
                .asString()
                .matches("dense,1,[0-9.]+,[0-9.E-]+,0.0");
        // Two refreshes of 13 layers.
        assertThat(Files.readAllLines(folder.resolve("masks.csv")))
                .hasSize(1 + 2 * 13)
                .startsWith("step,layer,flip_rate,kept_magnitude")
                .element(14)
                .asString()
                .matches("3,\\w+,0\\.\\d+(E-\\d)?,0\\.\\d+");
    }

    @Test
    void aKernelCanBeNamedAndIsInTheReport() {
        Outcome outcome =
                Outcome.of(
                        "train",
                        "--steps",
                        "2",
                        "--batch",
                        "2",
                        "--kernel",
                        "packed",
                        "--width",
                        "0.25",
                        "--output",
                        folder.toString());

        assertThat(outcome.exitCode()).as("%s", outcome.err()).isZero();
        assertThat(outcome.out())
                .contains("batch 2, seed 1, kernel packed")
                .containsPattern("Kernels were tried beforehand, in \\d+\\.\\d s\\.")
                .containsPattern("run +loss +bits per character +seconds ")
                .containsPattern("products of \\w*04head_weight: packed\\R");
    }

    @Test
    void denseProductsNameNoKernel() throws IOException {
        JsonObject root =
                json(
                        "train",
                        "--steps",
                        "1",
                        "--batch",
                        "1",
                        "--kernel",
                        "dense",
                        "--json",
                        "--output",
                        folder.toString());

        assertThat(root.get("kernel").getAsString()).isEqualTo("dense");
        assertThat(root.get("kernel_seconds").getAsDouble()).isZero();
        assertThat(root.getAsJsonObject("sparse").getAsJsonArray("layers").asList())
                .allMatch(layer -> layer.getAsJsonObject().get("kernel").isJsonNull());
    }

    @Test
    void rowMasksAreValidAlongRows() throws IOException {
        JsonObject sparse = mnist("lenet", "row").getAsJsonObject("sparse");

        assertThat(sparse.get("valid").getAsBoolean()).isTrue();
        assertThat(sparse.get("metric_name").getAsString()).isEqualTo("accuracy");
        assertPicture("pictures/mask.png");
    }

    @Test
    void withoutMasksBothRunsAgree() throws IOException {
        JsonObject root = mnist("mlp", "none");

        JsonObject sparse = root.getAsJsonObject("sparse");
        assertThat(sparse.get("density").getAsDouble()).isEqualTo(1);
        assertThat(sparse.get("loss")).isEqualTo(root.getAsJsonObject("dense").get("loss"));
        assertThat(folder.resolve("pictures/mask.png")).doesNotExist();
        assertThat(folder.resolve("pictures/masks.png")).doesNotExist();
        assertThat(folder.resolve("pictures/masks.csv"))
                .hasContent("step,layer,flip_rate,kept_magnitude");
    }

    @Test
    void masksCanStartLateAndEndEarly() throws IOException {
        Outcome outcome =
                Outcome.of(
                        "train",
                        "--steps",
                        "4",
                        "--batch",
                        "2",
                        "--solver",
                        "greedy",
                        "--kernel",
                        "dense",
                        "--refresh-every",
                        "1",
                        "--warm-up",
                        "1",
                        "--freeze",
                        "0",
                        "--dense-finish",
                        "1",
                        "--width",
                        "0.25",
                        "--output",
                        folder.toString());

        assertThat(outcome.exitCode()).as("%s", outcome.err()).isZero();
        assertThat(outcome.out())
                .contains("2:4 transposable, stay-sparse, changed, 4 steps, batch 2")
                .contains(
                        "stay-sparse, changed: dense for 25.0%, then masked-decay(0.002), masks"
                                + " refreshed every step, dense for the last 25.0%")
                .containsPattern("04head_weight.*greedy")
                .containsPattern("sparse .* 100.0%");
        assertThat(Files.readAllLines(folder.resolve("masks.csv")).stream().skip(1))
                .allMatch(line -> line.startsWith("2,") || line.startsWith("3,"))
                .hasSize(2 * 13);
        assertThat(folder.resolve("mask.png")).doesNotExist();
    }

    @Test
    void epochsCountPassesOverTheData() throws IOException {
        Path text = Files.writeString(folder.resolve("text"), "To be or not. ".repeat(500));

        Outcome outcome =
                Outcome.of(
                        "train",
                        "--task",
                        "shakespeare",
                        "--data",
                        text.toString(),
                        "--epochs",
                        "1",
                        "--pattern",
                        "1:4",
                        "--recipe",
                        "hubara",
                        "--rule",
                        "sr-ste",
                        "--lambda",
                        "2e-3",
                        "--output",
                        folder.toString());

        assertThat(outcome.exitCode()).as("%s", outcome.err()).isZero();
        // 6300 characters to train on are 98 windows of 64.
        assertThat(outcome.out())
                .contains("1:4 transposable, hubara, changed, 4 steps, batch 32")
                .contains("bits per character")
                .contains("every 40 steps, sr-ste(0.002)")
                .contains("A bigram model needs")
                .contains("04head_weight")
                .contains("mask.png");
    }

    @Test
    void continuesFromASavedModel() throws IOException {
        IdxBytes.writeMnist(folder, 10);
        JsonObject first = json(arguments("mlp", "none", "--save", "--width=0.25", "--json"));
        String saved = folder.resolve("pictures").toString();

        JsonObject root =
                json(
                        arguments(
                                "mlp",
                                "transposable",
                                "--json",
                                "--width=0.25",
                                "--model-dir",
                                saved,
                                "--distill=0.5"));

        assertThat(root.getAsJsonObject("dense").get("loss").getAsDouble())
                .isLessThan(first.getAsJsonObject("dense").get("loss").getAsDouble());
        assertThat(root.getAsJsonObject("sparse").get("valid").getAsBoolean()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"sgd, constant", "adam, cosine", "adamw, warmup-cosine"})
    void optimizersAndSchedules(String optimizer, String schedule) throws IOException {
        IdxBytes.writeMnist(folder, 10);
        JsonObject root =
                json(
                        arguments(
                                "resnet",
                                "transposable",
                                "--json",
                                "--optimizer",
                                optimizer,
                                "--schedule",
                                schedule,
                                "--weight-decay",
                                "0.1",
                                "--width",
                                "0.5",
                                "--dropout",
                                "0.1"));

        assertThat(root.get("model").getAsString()).isEqualTo("resnet");
        assertThat(root.getAsJsonObject("sparse").get("valid").getAsBoolean()).isTrue();
    }

    private JsonObject mnist(String model, String mask) throws IOException {
        IdxBytes.writeMnist(folder, 10);
        return json(arguments(model, mask, "--json"));
    }

    private String[] arguments(String model, String mask, String... more) {
        List<String> args =
                new ArrayList<>(
                        List.of(
                                "train",
                                "--task",
                                "mnist",
                                "--data",
                                folder.toString(),
                                "--model",
                                model,
                                "--mask",
                                mask,
                                "--steps",
                                "2",
                                "--output",
                                folder.resolve("pictures").toString()));
        args.addAll(List.of(more));
        return args.toArray(String[]::new);
    }

    private static JsonObject json(String... args) {
        Outcome outcome = Outcome.of(args);
        assertThat(outcome.err()).isEmpty();
        assertThat(outcome.exitCode()).isZero();
        assertThat(outcome.out().strip()).hasLineCount(1);
        return JsonParser.parseString(outcome.out()).getAsJsonObject();
    }

    private void assertPicture(String name) throws IOException {
        assertThat(ImageIO.read(folder.resolve(name).toFile()).getWidth()).isGreaterThan(300);
    }
}
