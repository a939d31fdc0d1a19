package org.djlsparse.cli.command;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import org.djlsparse.kernel.LinearKernel;
import org.djlsparse.torch.TorchThreads;
import org.djlsparse.torch.VectorApi;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

class BenchKernelsCommandTest {

    /** Runs with enough time for all kernels; small products do not use it up. */
    private static Outcome run(String... more) {
        return Outcome.of(
                Stream.concat(Stream.of("bench", "kernels", "--seconds", "60"), Stream.of(more))
                        .toArray(String[]::new));
    }

    private static JsonObject json(String... more) {
        Outcome outcome =
                run(Stream.concat(Stream.of(more), Stream.of("--json")).toArray(String[]::new));
        assertThat(outcome.err()).isEmpty();
        assertThat(outcome.exitCode()).isZero();
        assertThat(outcome.out().strip()).hasLineCount(1);
        return JsonParser.parseString(outcome.out()).getAsJsonObject();
    }

    @Test
    void timesEachProductOfEachLayerBesideDense() {
        JsonObject report =
                json("--shape", "64x32", "16x48", "--rows", "40,8", "--kernel", "packed");

        List<String> cells = new ArrayList<>();
        double dense = 0;
        for (JsonElement element : report.getAsJsonArray("results")) {
            JsonObject row = element.getAsJsonObject();
            assertThat(row.keySet())
                    .containsExactly("shape", "rows", "product", "kernel", "ms", "turns", "ratio");
            double millis = row.get("ms").getAsDouble();
            assertThat(millis).isPositive();
            assertThat(row.get("turns").getAsInt()).isBetween(3, 15);
            if (row.get("kernel").getAsString().equals("dense")) {
                dense = millis;
                cells.add(
                        row.get("shape").getAsString()
                                + " "
                                + row.get("rows").getAsInt()
                                + " "
                                + row.get("product").getAsString());
            } else {
                assertThat(row.get("kernel").getAsString()).isEqualTo("packed");
            }
            double ratio = dense / millis;
            assertThat(row.get("ratio").getAsDouble()).isCloseTo(ratio, within(1e-9 * ratio));
        }
        assertThat(cells)
                .containsExactly(
                        "64x32 40 forward",
                        "64x32 40 input gradient",
                        "64x32 40 weight gradient",
                        "64x32 40 layer",
                        "64x32 8 forward",
                        "64x32 8 input gradient",
                        "64x32 8 weight gradient",
                        "64x32 8 layer",
                        "64x32 1 prediction",
                        "16x48 40 forward",
                        "16x48 40 input gradient",
                        "16x48 40 weight gradient",
                        "16x48 40 layer",
                        "16x48 8 forward",
                        "16x48 8 input gradient",
                        "16x48 8 weight gradient",
                        "16x48 8 layer",
                        "16x48 1 prediction");
        assertThat(report.getAsJsonArray("results")).hasSize(2 * cells.size());
        assertThat(report.getAsJsonArray("left_out")).isEmpty();
    }

    @Test
    void takesTheThreadsThatAreAskedForAndGivesThemBack() {
        int before = TorchThreads.getCount();

        JsonObject report =
                json("--shape", "16x16", "--rows", "8", "--kernel", "packed", "--threads", "3");

        assertThat(report.get("threads").getAsInt()).isEqualTo(3);
        assertThat(report.get("processors").getAsInt())
                .isEqualTo(Runtime.getRuntime().availableProcessors());
        assertThat(report.get("lanes").getAsInt()).isEqualTo(VectorApi.getLanes());
        assertThat(TorchThreads.getCount()).isEqualTo(before);
    }

    @Test
    void byDefaultAllKernelsTakePartThatCan() {
        JsonObject report = json("--shape", "32x32", "--rows", "16");

        assertThat(
                        report.getAsJsonArray("results").asList().stream()
                                .map(row -> row.getAsJsonObject().get("kernel").getAsString())
                                .distinct())
                .contains("dense", "packed", "dense-bf16")
                .doesNotContain("dense-fp32");
        assertThat(report.getAsJsonArray("left_out").asList())
                .anySatisfy(
                        each -> {
                            JsonObject kernel = each.getAsJsonObject();
                            assertThat(kernel.get("kernel").getAsString())
                                    .isEqualTo("cusparselt-bf16");
                            assertThat(kernel.get("shape").isJsonNull()).isTrue();
                            assertThat(kernel.get("reason").getAsString()).contains("CUDA device");
                        });
    }

    @Test
    void keptEntriesAloneRunUnderPatternsThatTheKernelTakes() {
        assumeTrue(
                LinearKernel.cpuSparse().rejection(Device.cpu(), DataType.FLOAT32, 64, 64) == null,
                "no Vector API here");

        Outcome outcome =
                run("--shape", "32x64", "--rows", "24", "--kernel", "cpu-sparse", "--pattern=1:4");

        assertThat(outcome.exitCode()).isZero();
        assertThat(outcome.out())
                .startsWith("1:4 masks, ")
                .containsPattern("shape +rows +product +dense +cpu-sparse +x\\R")
                .containsPattern("32x64 +24 +forward( +\\d+\\.\\d+){3}\\R")
                .containsPattern("32x64 +24 +layer( +\\d+\\.\\d+){3}\\R")
                .containsPattern("32x64 +1 +prediction( +\\d+\\.\\d+){3}\\R");
        assertThat(outcome.err()).contains("32x64: packing").contains("32x64, 24 rows: layer");
    }

    @Test
    void saysWhichSizesAKernelCannotServe() {
        Outcome outcome = run("--shape", "30x64,32x64", "--rows", "8", "--kernel", "packed");

        assertThat(outcome.exitCode()).isZero();
        assertThat(outcome.out())
                .contains("packed at 30x64 left out: out_features 30: must be a multiple of 4")
                .doesNotContainPattern("30x64 +8")
                .containsPattern("32x64 +8 +forward");
    }

    @Test
    void saysWhyNoKernelRuns() {
        assertRefused(
                run("--kernel", "cusparselt-bf16,cutlass-fp16"),
                "no kernel can run here: cusparselt-bf16: ",
                "; cutlass-fp16: ",
                "CUDA device");
        assertRefused(
                run("--shape", "30x64", "--kernel", "packed", "--pattern", "4:8", "--rows", "8"),
                "no kernel can run here: packed: out_features 30: must be a multiple of 4");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--shape | 768 | must be OUTxIN",
                "--shape | 768x | must be OUTxIN",
                "--shape | 0x768 | must be OUTxIN",
                "--shape | 64x64,64*64 | must be OUTxIN",
                "--shape | 16385x8 | each from 1 to 16384",
                "--rows | 0 | at least 1",
                "--rows | 8,many | at least 1",
                "--kernel | dense | must be one of dense-fp32, ",
                "--kernel | cpu | cpu-sparse",
                "--threads | 0 | at least 1",
                "--seconds | 0 | must be a number above 0",
                "--pattern | 4:2 | N must be from 1 to M = 2",
            })
    void refusesAnOption(String option, String value, String constraint) {
        assertRefused(run(option, value), option, constraint);
    }

    private static void assertRefused(Outcome outcome, String... parts) {
        assertThat(outcome.exitCode()).isEqualTo(2);
        assertThat(outcome.out()).isEmpty();
        assertThat(outcome.err().strip().lines().toList()).last().asString().contains(parts);
    }
}
