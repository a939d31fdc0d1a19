package org.djlsparse.cli.command;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

class BenchMasksCommandTest {

    @Test
    void comparesEverySolverOnTheSameTiles() {
        Outcome outcome =
                Outcome.of(
                        "bench",
                        "masks",
                        "--json",
                        "--size",
                        "32",
                        "--seconds",
                        "3000",
                        "--patterns",
                        "2:4",
                        "--patterns",
                        "4:8");

        assertThat(outcome.exitCode()).isZero();
        JsonObject report = JsonParser.parseString(outcome.out()).getAsJsonObject();
        List<String> names = new ArrayList<>();
        for (JsonElement element : report.getAsJsonArray("results")) {
            JsonObject row = element.getAsJsonObject();
            String name = nameOf(row);
            names.add(name);
            assertThat(row.get("turns").getAsInt()).isBetween(1, 5);
            double seconds = row.get("seconds").getAsDouble();
            int m = name.startsWith("2:4") ? 4 : 8;
            assertThat(row.get("tiles_per_second").getAsDouble() * seconds)
                    .as(name)
                    .isBetween(0.999 * 32 * 32 / m / m, 1.001 * 32 * 32 / m / m);
            double kept = row.get("kept_over_exact").getAsDouble();
            boolean transposable = row.get("transposable").getAsBoolean();
            switch (row.get("kind").getAsString()) {
                case "solver" -> {
                    assertThat(transposable).as(name).isTrue();
                    assertThat(kept).as(name).isBetween(0.98, 1.0000001);
                }
                case "baseline" -> {
                    assertThat(transposable).as(name).isFalse();
                    assertThat(kept).as(name).isGreaterThan(1);
                }
                default -> assertThat(kept).as(name).isBetween(0.95, 1.0000001);
            }
        }
        assertThat(report.getAsJsonArray("left_out")).isEmpty();
        assertThat(names)
                .containsExactly(
                        "2:4 enumeration",
                        "2:4 exact",
                        "2:4 flow",
                        "2:4 swap",
                        "2:4 entropic",
                        "2:4 greedy",
                        "2:4 light-first",
                        "2:4 torch",
                        "2:4 row-wise",
                        "2:4 unstructured",
                        "2:4 90-pattern product",
                        "2:4 batched greedy",
                        "2:4 batched entropic",
                        "4:8 exact",
                        "4:8 flow",
                        "4:8 swap",
                        "4:8 entropic",
                        "4:8 greedy",
                        "4:8 light-first",
                        "4:8 torch",
                        "4:8 row-wise",
                        "4:8 unstructured",
                        "4:8 batched greedy",
                        "4:8 batched entropic");
    }

    private static String nameOf(JsonObject row) {
        return row.get("pattern").getAsString() + " " + row.get("solver").getAsString();
    }

    @Test
    void printsATableWithWhatWasTooSlowAndSaysHowItGoesOn() {
        Outcome outcome =
                Outcome.of(
                        "bench", "masks", "--size", "512", "--seconds", "1", "--patterns", "8:16");

        assertThat(outcome.exitCode()).isZero();
        // 300 rounds over the whole weight do not fit into a twelfth of a second.
        assertThat(outcome.out())
                .hasLineCount(12)
                .containsPattern("8:16 +greedy")
                .containsPattern("8:16 +batched entropic +left out: .* see --seconds");
        assertThat(outcome.err()).contains("8:16: warming up exact").contains("8:16: turn 1 of 5");
    }

    @Test
    void refusesASizeThatIsNoMultipleOfM() {
        Outcome outcome = Outcome.of("bench", "masks", "--size", "36");

        assertThat(outcome.exitCode()).isEqualTo(2);
        assertThat(outcome.err())
                .hasLineCount(1)
                .contains("--size 36: must be a multiple of M = 8, at most 16384");
    }

    @Test
    void whatToMeasureMustBeGiven() {
        Outcome outcome = Outcome.of("bench");

        assertThat(outcome.exitCode()).isEqualTo(2);
        assertThat(outcome.err()).contains("must be given: masks");
    }
}
