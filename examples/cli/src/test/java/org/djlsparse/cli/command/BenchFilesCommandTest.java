package org.djlsparse.cli.command;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

class BenchFilesCommandTest {

    @TempDir private Path folder;

    @BeforeAll
    static void needsProgramsOfUnix() {
        assumeTrue(Files.isExecutable(Path.of("/bin/cat")), "no cat here");
        assumeTrue(Files.isExecutable(Path.of("/bin/cp")), "no cp here");
    }

    private Outcome run(String... more) {
        List<String> arguments =
                new ArrayList<>(List.of("bench", "files", "--folder", folder.toString()));
        arguments.addAll(List.of(more));
        return Outcome.of(arguments.toArray(String[]::new));
    }

    @Test
    void holdsEachCommandAgainstItsParts() {
        Outcome outcome =
                run("--tensors", "2", "--size", "64", "--turns", "1", "--pattern", "4:8", "--json");

        assertThat(outcome.err()).isEmpty();
        assertThat(outcome.exitCode()).isZero();
        JsonObject report = JsonParser.parseString(outcome.out()).getAsJsonObject();
        assertThat(report.get("bytes").getAsLong()).isBetween(2 * 64 * 64 * 4L, 40_000L);
        JsonObject bounds = report.getAsJsonObject("bounds");
        List<String> names = new ArrayList<>();
        for (JsonElement element : report.getAsJsonArray("commands")) {
            JsonObject row = element.getAsJsonObject();
            names.add(row.get("command").getAsString());
            double bound = 0;
            for (String part : row.get("bound_of").getAsString().split(" \\+ ", -1)) {
                bound += bounds.get(part).getAsDouble();
            }
            double seconds = row.get("seconds").getAsDouble();
            assertThat(row.get("bound").getAsDouble()).isCloseTo(bound, within(1e-9));
            assertThat(row.get("ratio").getAsDouble() * bound).isCloseTo(seconds, within(1e-9));
        }
        assertThat(names).containsExactly("mask", "check", "inspect", "compress", "decompress");
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void printsTablesAndSaysHowItGoesOn() {
        Outcome outcome = run("--tensors", "1", "--size", "16", "--turns", "1");

        assertThat(outcome.exitCode()).isZero();
        assertThat(outcome.out())
                .startsWith("1 tensors of 16 x 16, 0 MiB, 2:4, median of 1 turns")
                .contains("cat FILE")
                .contains("read + copy + solver");
        assertThat(outcome.err()).contains("turn 1 of 1: decompress");
    }

    @Test
    void refusesSizesThatDoNotFit() {
        Outcome tooSmall = run("--size", "3");
        assertThat(tooSmall.exitCode()).isEqualTo(2);
        assertThat(tooSmall.err()).contains("--size 3: must be at least M = 4 and at most 32768");

        Outcome tooLarge = run("--size", "32768", "--tensors", "100000000");
        assertThat(tooLarge.exitCode()).isEqualTo(2);
        assertThat(tooLarge.err()).contains("--folder " + folder + ": has").contains("MiB free");
        assertThat(folder).isEmptyDirectory();
    }
}
