package org.djlsparse.cli.command;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import org.djlsparse.cli.data.IdxBytes;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

class FineTuneCommandTest {

    @TempDir Path folder;

    @BeforeEach
    void writeDigits() throws IOException {
        IdxBytes.writeMnist(folder, 10);
    }

    @Test
    void tableWithBothControls() {
        Outcome outcome = fineTune("--seeds", "2", "--output", folder.resolve("out").toString());

        assertThat(outcome.exitCode()).as("%s", outcome.err()).isZero();
        assertThat(outcome.out())
                .contains("mnist, mlp, 2:4 transposable: 4 steps dense, 2 steps after")
                .containsPattern("dense, continued +[01]\\.\\d{4} +\\d.* [+-]0\\.0000 +0\\.0000")
                .containsPattern("fine-tuned +[01]\\.\\d{4}")
                .containsPattern("Masks at the end: density \\d\\d\\.\\d%, valid");
        Outcome checked =
                Outcome.of("check", folder.resolve("out/fine-tuned.safetensors").toString());
        assertThat(checked.exitCode()).as("%s", checked.out() + checked.err()).isZero();
        assertThat(folder.resolve("out/fine-tuned-0000.params")).isNotEmptyFile();
    }

    @Test
    void startsFromASavedModel() {
        Path saved = folder.resolve("saved");
        assertThat(fineTune("--output", saved.toString()).exitCode()).isZero();

        Outcome outcome =
                fineTune(
                        "--model-dir",
                        saved.toString(),
                        "--masks",
                        "refreshed",
                        "--distill",
                        "0.5",
                        "--json");

        assertThat(outcome.err()).isEmpty();
        JsonObject root = JsonParser.parseString(outcome.out()).getAsJsonObject();
        assertThat(root.get("recipe").getAsString())
                .isEqualTo(
                        "stay-sparse, without warm-up: masked-decay(0.01), masks refreshed every"
                                + " 10 steps, frozen for the last 30.0%");
        JsonObject run = root.getAsJsonArray("runs").get(0).getAsJsonObject();
        assertThat(run.keySet())
                .containsExactly(
                        "seed",
                        "dense",
                        "continued",
                        "converted",
                        "fine_tuned",
                        "density",
                        "valid");
        assertThat(run.get("valid").getAsBoolean()).isTrue();
        assertThat(run.getAsJsonObject("continued").get("loss").getAsDouble())
                .isLessThan(run.getAsJsonObject("dense").get("loss").getAsDouble());
    }

    @Test
    void refusesAFolderWithoutAModel() {
        Outcome outcome = fineTune("--model-dir", folder.toString());

        assertThat(outcome.exitCode()).isEqualTo(2);
        assertThat(outcome.err()).contains("--model-dir " + folder, "must hold one model");
    }

    @Test
    void refusesMasksThatDoNotExist() {
        Outcome outcome = fineTune("--masks", "growing");

        assertThat(outcome.exitCode()).isEqualTo(2);
        assertThat(outcome.err()).contains("'growing' must be one of frozen, refreshed");
    }

    private Outcome fineTune(String... options) {
        List<String> args =
                new ArrayList<>(
                        List.of(
                                "finetune",
                                "--task=mnist",
                                "--model=mlp",
                                "--width=0.25",
                                "--steps=4",
                                "--samples=8",
                                "--data=" + folder));
        args.addAll(List.of(options));
        return Outcome.of(args.toArray(String[]::new));
    }
}
