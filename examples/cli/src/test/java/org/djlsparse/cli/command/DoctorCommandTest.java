package org.djlsparse.cli.command;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import org.djlsparse.internal.torch.ProductOps;
import org.djlsparse.kernel.LinearKernel;
import org.djlsparse.torch.TorchArchive;
import org.djlsparse.torch.TorchMaskSolver;
import org.djlsparse.torch.VectorApi;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Pattern;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

class DoctorCommandTest {

    @TempDir Path folder;

    @Test
    void saysWhatWorksHere() {
        Outcome outcome = Outcome.of("doctor");

        assertThat(outcome.err()).isEmpty();
        assertThat(outcome.exitCode()).isZero();
        assertThat(outcome.out())
                .containsPattern(
                        "Java +" + Pattern.quote(System.getProperty("java.runtime.version")))
                .containsPattern("engine +PyTorch \\d")
                .containsPattern("natives +(cpu|cu\\d*), version \\d")
                .containsPattern("NVIDIA driver +(/|none)")
                .containsPattern("libcudart +(/|none)")
                .containsPattern("GPUs +DJL counts \\d+, PyTorch can use \\d+")
                .containsPattern("cuSPARSELt +\\w")
                .containsPattern("next step +\\w")
                .containsPattern("Vector API +(works, vectors of \\d+ floats|none, so)")
                .containsPattern("cpu-sparse +cpu\\(\\): ")
                .containsPattern("masked training +works, error ")
                .containsPattern("dense-fp32 +cpu\\(\\): works, errors ")
                .containsPattern("packed +cpu\\(\\): works, errors ");
    }

    @Test
    void allFiguresAsJson() {
        Outcome outcome = Outcome.of("doctor", "--json");

        assertThat(outcome.exitCode()).isZero();
        assertThat(outcome.out().strip()).hasLineCount(1);
        JsonObject root = JsonParser.parseString(outcome.out()).getAsJsonObject();
        assertThat(root.keySet())
                .containsExactly(
                        "java",
                        "platform",
                        "djl",
                        "engine",
                        "causes",
                        "natives",
                        "driver",
                        "cudart",
                        "gpus",
                        "cusparselt",
                        "vector",
                        "devices",
                        "masked_dense",
                        "hooks",
                        "kernels",
                        "next_step");
        JsonObject dense = root.getAsJsonObject("masked_dense");
        assertThat(dense.get("works").getAsBoolean()).isTrue();
        assertThat(dense.get("error").getAsDouble()).isBetween(0.0, 1e-5);
        for (JsonElement element : root.getAsJsonArray("kernels")) {
            JsonObject kernel = element.getAsJsonObject();
            JsonObject forward = kernel.getAsJsonObject("forward");
            if (forward.get("works").getAsBoolean()) {
                assertThat(forward.get("error").getAsDouble()).isLessThan(0.02);
                assertThat(forward.get("reason").isJsonNull()).isTrue();
            } else {
                assertThat(forward.get("reason").getAsString()).isNotBlank();
            }
        }
    }

    @Test
    void theNativesAndTheLibrariesOfAGpuAreListed() {
        JsonObject root =
                JsonParser.parseString(Outcome.of("doctor", "--json").out()).getAsJsonObject();

        JsonObject natives = root.getAsJsonObject("natives");
        assertThat(natives.keySet()).containsExactly("folder", "flavor", "version");
        assertThat(Path.of(natives.get("folder").getAsString())).isDirectory();
        for (String key : new String[] {"driver", "cudart", "cusparselt"}) {
            JsonObject finding = root.getAsJsonObject(key);
            assertThat(finding.keySet()).containsExactly("found", "version", "reason");
            if (finding.get("found").isJsonNull()) {
                assertThat(finding.get("reason").getAsString()).isNotBlank();
            }
        }
        assertThat(root.getAsJsonObject("gpus").keySet())
                .containsExactly("djl", "engine", "reason");
        assertThat(root.getAsJsonArray("causes")).isEmpty();
        assertThat(root.get("next_step").getAsString()).endsWith(".");
    }

    @Test
    void withACpuBuildItSaysThatCusparseltIsMissing() {
        JsonObject root =
                JsonParser.parseString(Outcome.of("doctor", "--json").out()).getAsJsonObject();

        assumeTrue(
                root.getAsJsonObject("natives").get("flavor").getAsString().equals("cpu"),
                "PyTorch's CPU build");
        assertThat(root.getAsJsonObject("cusparselt").get("reason").getAsString())
                .isEqualTo("PyTorch's CPU build has no kernel of cuSPARSELt");
        assertThat(root.getAsJsonObject("gpus").get("engine").getAsInt()).isZero();
    }

    @Test
    void theVectorApiIsThereOrItSaysWhyNot() {
        Outcome outcome = Outcome.of("doctor", "--json");

        JsonObject root = JsonParser.parseString(outcome.out()).getAsJsonObject();
        JsonObject vector = root.getAsJsonObject("vector");
        assertThat(vector.keySet()).containsExactly("available", "lanes", "reason");
        String reason = LinearKernel.cpuSparse().rejection(Device.cpu(), DataType.FLOAT32, 64, 64);
        assertThat(vector.get("available").getAsBoolean()).isEqualTo(reason == null);
        if (reason == null) {
            assertThat(vector.get("lanes").getAsInt())
                    .isEqualTo(VectorApi.getLanes())
                    .isGreaterThanOrEqualTo(8);
            assertThat(vector.get("reason").isJsonNull()).isTrue();
        } else {
            assertThat(vector.get("lanes").isJsonNull()).isTrue();
            assertThat(vector.get("reason").getAsString()).isEqualTo(reason);
        }
        assertThat(root.getAsJsonArray("kernels").asList())
                .filteredOn(
                        kernel ->
                                kernel.getAsJsonObject()
                                        .get("kernel")
                                        .getAsString()
                                        .equals("cpu-sparse"))
                .isNotEmpty()
                .first()
                .satisfies(
                        kernel ->
                                assertThat(
                                                kernel.getAsJsonObject()
                                                        .getAsJsonObject("forward")
                                                        .get("works")
                                                        .getAsBoolean())
                                        .isEqualTo(reason == null));
    }

    @Test
    void exportsWhatRunsOnDevices() throws IOException {
        Outcome outcome = Outcome.of("doctor", "--export", folder.resolve("ops").toString());

        assertThat(outcome.exitCode()).isZero();
        assertThat(ProductOps.getArchives())
                .containsOnlyKeys(
                        "dense_ops", "packed_ops", "cslt_ops", "cutlass_ops", "cslt_search");
        for (Map.Entry<String, TorchArchive> ops : ProductOps.getArchives().entrySet()) {
            assertThat(Files.readAllBytes(folder.resolve("ops/" + ops.getKey() + ".pt")))
                    .isEqualTo(ops.getValue().toBytes());
        }
        assertThat(Files.readAllBytes(folder.resolve("ops/mask_solver.pt")))
                .isEqualTo(TorchMaskSolver.getArchive().toBytes());
    }

    @Test
    void refusesAFolderThatIsAFile() throws IOException {
        Path file = Files.createFile(folder.resolve("file"));
        Outcome outcome = Outcome.of("doctor", "--export", file.toString());

        assertThat(outcome.exitCode()).isEqualTo(2);
        assertThat(outcome.err())
                .contains("--export " + file + ": must be a folder that can be written, is not");
    }
}
