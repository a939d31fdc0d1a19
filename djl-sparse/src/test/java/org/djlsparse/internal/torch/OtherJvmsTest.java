package org.djlsparse.internal.torch;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.core.Linear;
import ai.djl.training.ParameterStore;

import org.djlsparse.Sparsifier;
import org.djlsparse.kernel.KernelChooser;
import org.djlsparse.kernel.LinearKernel;
import org.djlsparse.mask.NmPattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** Tests of kernel cpu-sparse in JVMs whose options make it unavailable. */
class OtherJvmsTest {

    private static final String MODULE = "--add-modules=jdk.incubator.vector";

    @TempDir Path folder;

    @BeforeEach
    void check() {
        assumeTrue(HookRegistry.getReason() == null, HookRegistry.getReason());
    }

    @Test
    void withoutTheModuleLayersStayDense() throws Exception {
        assertThat(run(List.of()))
                .isEqualTo(
                        expected("the JVM was started without --add-modules jdk.incubator.vector"));
    }

    @ParameterizedTest
    @CsvSource({
        "-XX:TieredStopAtLevel=1, 'the JVM''s optimizing compiler, C2, is off'",
        "-Xint, the JVM runs in interpreted mode only",
        "-XX:-UseFMA, 'the processor has no fused multiply-add, or the JVM does not use it'"
    })
    void withoutACompilerForVectorsLayersStayDense(String option, String reason) throws Exception {
        assertThat(run(List.of(MODULE, option))).isEqualTo(expected(reason));
    }

    /**
     * Returns the expected output: the reason, twice; what runs the layer; and one line of the log.
     */
    private static List<String> expected(String reason) {
        return List.of(reason, "dense: " + reason, "true", "kernel cpu-sparse is off: " + reason);
    }

    private List<String> run(List<String> options) throws IOException, InterruptedException {
        Path out = folder.resolve("out.txt");
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(options);
        command.add("-Dorg.slf4j.simpleLogger.defaultLogLevel=info");
        command.add("-Dorg.slf4j.simpleLogger.logFile=System.out");
        command.addAll(List.of("-cp", System.getProperty("java.class.path")));
        command.add(Use.class.getName());
        Process process =
                new ProcessBuilder(command)
                        .redirectOutput(out.toFile())
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        assertThat(process.waitFor()).as("%s", command).isZero();
        List<String> lines = Files.readAllLines(out);
        List<String> found =
                new ArrayList<>(
                        lines.stream()
                                .filter(line -> line.startsWith(Use.MARK))
                                .map(line -> line.substring(Use.MARK.length()))
                                .toList());
        lines.stream()
                .filter(line -> line.contains(" is off: "))
                .map(line -> line.substring(line.indexOf("kernel ")))
                .forEach(found::add);
        return found;
    }

    /** A user's program, in the other JVM. */
    static final class Use {

        static final String MARK = "> ";

        private Use() {}

        /** Predicts with the kernel, and with the fastest one. */
        public static void main(String[] arguments) {
            LinearKernel kernel = LinearKernel.cpuSparse();
            say(kernel.rejection(Device.cpu(), DataType.FLOAT32, 16, 16));
            say(predict(Sparsifier.builder().optKernel(kernel)));
            String fastest =
                    predict(Sparsifier.builder().optKernelChooser(KernelChooser.fastest()));
            // The dense product with hooks may be the faster one.
            say(fastest.matches("dense.* us.*; cpu-sparse: the .*"));
        }

        private static void say(@Nullable Object text) {
            System.out.println(MARK + text);
        }

        /** Returns what runs the layer. */
        private static String predict(Sparsifier.Builder builder) {
            Sparsifier sparsifier = builder.setPattern(NmPattern.of(2, 4)).build();
            try (NDManager manager = NDManager.newBaseManager()) {
                Block linear = Linear.builder().setUnits(16).build();
                linear.initialize(manager, DataType.FLOAT32, new Shape(1, 16));
                Block wrapped = sparsifier.wrap(linear);
                NDArray x = manager.ones(new Shape(4, 16));
                wrapped.forward(new ParameterStore(manager, false), new NDList(x), false);
                return sparsifier.report().kernels().values().iterator().next();
            }
        }
    }
}
