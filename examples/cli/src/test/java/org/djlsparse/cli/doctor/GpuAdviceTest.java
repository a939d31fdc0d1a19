package org.djlsparse.cli.doctor;

import org.djlsparse.cli.doctor.CusparseltProbe.Answer;
import org.djlsparse.cli.doctor.GpuFacts.Source;
import org.djlsparse.cli.doctor.NvidiaDriver.State;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

class GpuAdviceTest {

    /** The driver, CUDA and what DJL counts. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    NONE      | false | 0     | 0   | No NVIDIA driver is loaded
                    NONE      | true  | 13000 | 35  | No NVIDIA driver is loaded
                    NO_DEVICE | true  | 12080 | 100 | The driver is loaded, but this process cannot reach a GPU
                    PRESENT   | false | 0     | 0   | There is an NVIDIA GPU, but DJL sees it only if JNA finds libcudart
                    PRESENT   | true  | 13000 | 35  | The driver is too old for this libcudart
                    PRESENT   | true  | 12080 | 100 | There is an NVIDIA GPU, but CUDA counts none
                    """)
    void noGpuIsCounted(State driver, boolean cudart, int version, int error, String step) {
        for (Source source : Source.values()) {
            for (boolean cudaBuild : new boolean[] {false, true}) {
                assertThat(
                                GpuAdvice.of(
                                        new GpuFacts(
                                                true,
                                                source == Source.LIBRARY_PATH,
                                                driver,
                                                cudart,
                                                version,
                                                error,
                                                0,
                                                source,
                                                cudaBuild,
                                                0,
                                                null,
                                                Answer.CPU_BUILD)))
                        .startsWith(step);
            }
        }
    }

    /** The natives on a machine whose GPU DJL counts. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    CLASS_PATH   | 12080 | false | DJL sees the GPU, but uses the CPU build on the class path
                    LIBRARY_PATH | 12080 | false | DJL sees the GPU, but PYTORCH_LIBRARY_PATH names a CPU build
                    CACHE        | 12040 | false | DJL has CUDA natives for 12.8 only
                    CACHE        | 12080 | false | DJL sees the GPU, but uses PyTorch's CPU build: set PYTORCH_FLAVOR=cu128
                    CACHE        | 13000 | false | DJL sees the GPU, but uses PyTorch's CPU build: set PYTORCH_FLAVOR=cu128
                    CACHE        | 0     | false | DJL sees the GPU, but uses PyTorch's CPU build: set PYTORCH_FLAVOR=cu128
                    CLASS_PATH   | 12080 | true  | DJL sees a GPU, but PyTorch's CUDA build does not
                    LIBRARY_PATH | 12080 | true  | DJL sees a GPU, but PyTorch's CUDA build does not
                    CACHE        | 12080 | true  | DJL sees a GPU, but PyTorch's CUDA build does not
                    """)
    void theEngineHasNoGpu(Source source, int version, boolean cudaBuild, String step) {
        assertThat(
                        GpuAdvice.of(
                                new GpuFacts(
                                        true,
                                        source == Source.LIBRARY_PATH,
                                        State.PRESENT,
                                        true,
                                        version,
                                        0,
                                        1,
                                        source,
                                        cudaBuild,
                                        0,
                                        null,
                                        cudaBuild ? Answer.NOT_TRIED : Answer.CPU_BUILD)))
                .startsWith(step);
    }

    /** The GPU and cuSPARSELt, with a CUDA build that sees the GPU. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    75  | NOT_BUILT_IN | The GPU trains, but has no sparse tensor cores
                    75  | FAILS        | The GPU trains, but has no sparse tensor cores
                    80  | WORKS        | cuSPARSELt works
                    80  | NOT_BUILT_IN | CUTLASS's kernels serve this GPU; for cuSPARSELt set PYTORCH_LIBRARY_PATH=
                    89  | FAILS        | cuSPARSELt is built in, but fails
                    90  | WORKS        | cuSPARSELt works
                    90  | NOT_BUILT_IN | These natives have no sparse kernel for this GPU: set PYTORCH_LIBRARY_PATH=
                    90  | FAILS        | cuSPARSELt is built in, but fails
                    100 | NOT_BUILT_IN | These natives have no sparse kernel for this GPU: set PYTORCH_LIBRARY_PATH=
                    120 | FAILS        | cuSPARSELt is built in, but fails
                    120 | WORKS        | cuSPARSELt works
                    """)
    void theEngineHasAGpu(String capability, Answer answer, String step) {
        for (Source source : Source.values()) {
            GpuFacts facts =
                    new GpuFacts(
                            true,
                            source == Source.LIBRARY_PATH,
                            State.PRESENT,
                            true,
                            12080,
                            0,
                            1,
                            source,
                            true,
                            1,
                            capability,
                            answer);
            assertThat(GpuAdvice.of(facts)).startsWith(step);
        }
    }

    @Test
    void otherSystemsHaveNoKernels() {
        assertThat(GpuAdvice.of(facts(false, false, Source.CLASS_PATH)))
                .isEqualTo(
                        "Kernels need Linux on x86-64 and DJL's PyTorch engine; here products stay"
                                + " dense.");
    }

    @Test
    void aFolderThatDjlIgnored() {
        assertThat(GpuAdvice.of(facts(true, true, Source.CACHE)))
                .startsWith("DJL ignored PYTORCH_LIBRARY_PATH");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    libcusparseLt.so.0: cannot open shared object file       | true  | true  | Add the folder of the missing library
                    libcusparseLt.so.0: cannot open shared object file       | true  | false | Add the folder of the missing library
                    libc10_cuda.so: cannot open shared object file           | true  | true  | PYTORCH_FLAVOR is for CUDA, but the libtorch is a CPU build
                    Resource not found in classpath: jnilib/linux-x86_64/x   | true  | false | Set PYTORCH_FLAVOR beside
                    Failed to save pytorch index file                        | false | false | DJL could not download PyTorch
                    Failed to download PyTorch native library                | false | true  | DJL could not download PyTorch
                    /lib is PyTorch 2.8.0, not loaded, because DJL's code is for version 2.7.1 | true | true | Name the folder of a libtorch of this version
                    No deep learning engine found.                           | false | false | Add ai.djl.pytorch:pytorch-engine
                    Resource not found in classpath: jnilib/linux-x86_64/x   | true  | true  | Add ai.djl.pytorch:pytorch-engine
                    """)
    void theEngineDidNotLoad(String message, boolean path, boolean flavor, String step) {
        assertThat(GpuAdvice.withoutEngine(List.of("outer", message), path, flavor))
                .startsWith(step);
    }

    private static GpuFacts facts(boolean kernels, boolean libraryPath, Source source) {
        return new GpuFacts(
                kernels,
                libraryPath,
                State.PRESENT,
                true,
                12080,
                0,
                1,
                source,
                true,
                1,
                "90",
                Answer.WORKS);
    }
}
