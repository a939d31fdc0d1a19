package org.djlsparse.it;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests that all gradients of 60 steps of a large model are bit-identical to those in a JVM that
 * never collects garbage, with any collector and however often it runs.
 */
@Tag("slow")
class GarbageCollectionTest {

    private static final List<List<String>> COLLECTORS =
            List.of(
                    List.of("-XX:+UseG1GC"),
                    List.of("-XX:+UseG1GC", "-Xmn64m"),
                    List.of("-XX:+UseParallelGC"),
                    List.of("-XX:+UseParallelGC", "-Xmn64m"));

    private static final List<String> NO_COLLECTOR =
            List.of("-XX:+UnlockExperimentalVMOptions", "-XX:+UseEpsilonGC", "-Xmx12g");

    @TempDir Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"bert", "resnet"})
    void gradientsDoNotDependOnCollections(String model) throws Exception {
        List<String> expected = run(model, NO_COLLECTOR);
        assertThat(expected).hasSize(60);
        for (List<String> collector : COLLECTORS) {
            assertThat(run(model, collector)).as("%s", collector).isEqualTo(expected);
        }
    }

    /** Returns one line per step. */
    private List<String> run(String model, List<String> options)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path")));
        command.addAll(List.of(GradientChecksums.class.getName(), model));
        Path out = folder.resolve("out.txt");
        ProcessBuilder builder = new ProcessBuilder(command).redirectOutput(out.toFile());
        builder.redirectError(ProcessBuilder.Redirect.INHERIT);
        // On several threads, PyTorch adds up an embedding's gradients in any order.
        builder.environment().put("OMP_NUM_THREADS", "1");
        if (model.equals("resnet")) {
            // On some CPUs, oneDNN's newer kernels crash the JVM in small convolutions.
            builder.environment().put("ONEDNN_MAX_CPU_ISA", "SSE41");
        }
        assertThat(builder.start().waitFor()).as("%s", command).isZero();
        return Files.readAllLines(out).stream().filter(line -> !line.startsWith("[")).toList();
    }
}
