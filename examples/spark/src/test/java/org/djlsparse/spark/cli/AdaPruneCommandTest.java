package org.djlsparse.spark.cli;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

class AdaPruneCommandTest {

    @TempDir Path folder;

    private String[] args(String command, String... more) {
        List<String> args = new ArrayList<>(List.of(command));
        args.addAll(List.of("--task", "shakespeare", "--data", folder.resolve("text").toString()));
        args.addAll(List.of("--width", "0.25", "--depth", "1", "--batch", "8"));
        args.addAll(List.of(more));
        return args.toArray(String[]::new);
    }

    /** One task has the samples of a single machine, in the same order. */
    @Test
    void convertsAsASingleMachineInParallelMode() throws IOException {
        SmallText.write(folder.resolve("text"));
        String model = folder.resolve("model").toString();
        Outcome trained =
                Outcome.of(
                        args(
                                "train",
                                "--steps",
                                "4",
                                "--local-steps",
                                "4",
                                "--mask",
                                "none",
                                "--output",
                                model));
        assertThat(trained.exitCode()).isZero();
        String[] options = {
            "--model-dir", model, "--samples", "32", "--json", "--output",
        };

        Outcome one = Outcome.of(args("adaprune", with(options, "one", "--tasks", "1")));
        Outcome single = Outcome.ofSingle(args("convert", with(options, "single", "--parallel")));
        Outcome two = Outcome.of(args("adaprune", with(options, "two", "--tasks", "2")));

        assertThat(one.err()).isEmpty();
        assertThat(one.exitCode()).isZero();
        assertThat(folder.resolve("one/converted.safetensors"))
                .hasSameBinaryContentAs(folder.resolve("single/converted.safetensors"));
        assertThat(single.exitCode()).isZero();
        assertThat(two.exitCode()).isZero();
        assertThat(two.out()).contains("\"samples\":32").contains("\"pattern\":\"2:4\"");
        assertThat(folder.resolve("two/converted-0000.params")).isNotEmptyFile();
    }

    private String[] with(String[] options, String output, String... more) {
        List<String> all = new ArrayList<>(List.of(options));
        all.add(folder.resolve(output).toString());
        all.addAll(List.of(more));
        return all.toArray(String[]::new);
    }
}
