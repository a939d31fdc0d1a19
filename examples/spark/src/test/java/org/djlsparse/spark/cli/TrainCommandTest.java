package org.djlsparse.spark.cli;

import org.djlsparse.io.CheckReport;
import org.djlsparse.io.TensorSelector;
import org.djlsparse.io.WeightChecker;
import org.djlsparse.io.WeightFile;
import org.djlsparse.mask.NmPattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

class TrainCommandTest {

    @TempDir Path folder;

    private Outcome train(String output, String... options) {
        List<String> args =
                new ArrayList<>(
                        List.of(
                                "train",
                                "--steps",
                                "8",
                                "--local-steps",
                                "4",
                                "--width",
                                "0.25",
                                "--depth",
                                "1",
                                "--batch",
                                "4",
                                "--output",
                                folder.resolve(output).toString()));
        args.addAll(List.of(options));
        Outcome outcome = Outcome.of(args.toArray(String[]::new));
        assertThat(outcome.err()).isEmpty();
        assertThat(outcome.exitCode()).isZero();
        return outcome;
    }

    private byte[] model(String output) throws IOException {
        return Files.readAllBytes(folder.resolve(output).resolve("model.safetensors"));
    }

    @Test
    void trainsInRoundsAndWritesTheModel() throws IOException {
        Outcome outcome = train("run", "--recipe", "masked");

        assertThat(outcome.out())
                .contains("names, transformer, 2:4 transposable, masked, rounds: 2, steps per")
                .contains("round 1 of 2: step 4, loss ")
                .contains("round 2 of 2: step 8, loss ")
                .contains("validation: loss ")
                .contains("model.safetensors");
        Path run = folder.resolve("run");
        try (WeightFile model = WeightFile.open(run.resolve("model.safetensors"))) {
            CheckReport report =
                    WeightChecker.builder()
                            .setPattern(NmPattern.of(2, 4))
                            .optTensors(TensorSelector.all())
                            .build()
                            .check(model);
            assertThat(report.isTransposable()).isTrue();
        }
        assertThat(run.resolve("learning-curve.png")).isNotEmptyFile();
        List<String> rows = Files.readAllLines(run.resolve("rounds.csv"));
        assertThat(rows.get(0)).startsWith("round,step,examples,loss,seconds,training_seconds,");
        assertThat(rows).hasSize(3);
        assertThat(rows.get(1)).startsWith("1,4,32,");
        assertThat(rows.get(2)).startsWith("2,8,32,");
    }

    @Test
    void resumesToTheSameBits() throws IOException {
        String text = SmallText.write(folder.resolve("text")).toString();
        String[] recipe = {"--task", "shakespeare", "--data", text, "--recipe", "masked"};
        String checkpoints = folder.resolve("checkpoints").toString();
        train("whole", recipe);
        train("none", with(recipe, "--checkpoints", checkpoints, "--checkpoint-every", "1"));
        assertThat(folder.resolve("checkpoints/round-00001")).isDirectory();
        delete(folder.resolve("checkpoints/round-00002"));

        Outcome outcome = train("resumed", with(recipe, "--checkpoints", checkpoints));

        assertThat(outcome.out()).contains("round 2 of 2").doesNotContain("round 1 of 2");
        assertThat(model("resumed")).isEqualTo(model("whole"));
    }

    @Test
    void trainsDenseWithAnOuterOptimizer() throws IOException {
        Outcome outcome =
                train(
                        "dense",
                        "--task",
                        "shakespeare",
                        "--data",
                        SmallText.write(folder.resolve("text")).toString(),
                        "--mask",
                        "none",
                        "--outer",
                        "nesterov",
                        "--outer-rate",
                        "0.5",
                        "--json");

        assertThat(outcome.out())
                .hasLineCount(1)
                .contains("\"mask\":\"none\"")
                .contains("\"tasks\":2")
                .contains("\"local_steps\":4")
                .contains("\"rounds\":[{\"round\":1,\"step\":4,\"examples\":32,");
        assertThat(outcome.exitCode()).isZero();
    }

    private static String[] with(String[] options, String... more) {
        List<String> all = new ArrayList<>(List.of(options));
        all.addAll(List.of(more));
        return all.toArray(String[]::new);
    }

    private static void delete(Path folder) throws IOException {
        try (var files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(folder);
    }
}
