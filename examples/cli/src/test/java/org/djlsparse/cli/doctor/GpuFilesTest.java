package org.djlsparse.cli.doctor;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;

/** Tests of what doctor reads from files: the driver, libtorch's folder and loaded libraries. */
class GpuFilesTest {

    @TempDir Path root;

    @Test
    void noDriver() {
        Diagnosis.Finding driver = NvidiaDriver.find(root);

        assertThat(driver)
                .isEqualTo(
                        new Diagnosis.Finding(
                                null, null, "no /dev/nvidia0 and no /proc/driver/nvidia/version"));
        assertThat(NvidiaDriver.state(driver)).isEqualTo(NvidiaDriver.State.NONE);
    }

    @Test
    void aDriverWithoutADevice() throws IOException {
        writeDriver();
        create("dev/nvidiactl");
        Diagnosis.Finding driver = NvidiaDriver.find(root);

        assertThat(driver.found()).isNull();
        assertThat(driver.version()).isEqualTo("570.124.06");
        assertThat(NvidiaDriver.state(driver)).isEqualTo(NvidiaDriver.State.NO_DEVICE);
    }

    @Test
    void aDriverAndADevice() throws IOException {
        writeDriver();
        create("dev/nvidia3");
        Diagnosis.Finding driver = NvidiaDriver.find(root);

        assertThat(driver).isEqualTo(new Diagnosis.Finding("/dev/nvidia3", "570.124.06", null));
        assertThat(NvidiaDriver.state(driver)).isEqualTo(NvidiaDriver.State.PRESENT);
    }

    @Test
    void theSubsystemOfWindows() throws IOException {
        create("dev/dxg");
        create("usr/lib/wsl/lib/libcuda.so.1");

        assertThat(NvidiaDriver.find(root).found()).isEqualTo("/usr/lib/wsl/lib/libcuda.so.1");
    }

    @Test
    void nativesInTheCache() throws IOException {
        create("2.7.1-cu128-linux-x86_64/libtorch_cuda.so");
        create("2.7.1-20250812-cpu-linux-x86_64/libtorch_cpu.so");

        assertThat(natives("2.7.1-cu128-linux-x86_64", null))
                .extracting(Diagnosis.Natives::flavor, Diagnosis.Natives::version)
                .containsExactly("cu128", "2.7.1");
        assertThat(natives("2.7.1-20250812-cpu-linux-x86_64", null))
                .extracting(Diagnosis.Natives::flavor, Diagnosis.Natives::version)
                .containsExactly("cpu", "2.7.1-20250812");
    }

    @Test
    void nativesOfAWheel() throws IOException {
        create("torch/lib/libtorch_cuda.so");
        Files.writeString(
                root.resolve("torch/version.py"), "__version__ = '2.7.1+cu126'\ndebug = False\n");

        assertThat(natives("torch/lib", "cu128"))
                .extracting(Diagnosis.Natives::flavor, Diagnosis.Natives::version)
                .containsExactly("cu126", "2.7.1+cu126");
    }

    @Test
    void nativesThatSayNothing() throws IOException {
        create("lib/libtorch_cuda.so");

        assertThat(natives("lib", null).flavor()).isEqualTo("cuda");
        assertThat(natives("lib", "cu128").flavor()).isEqualTo("cu128");
        assertThat(natives("lib", "cu128").version()).isEqualTo("2.7.1");
    }

    @Test
    void theLibrariesDecideBetweenCpuAndCuda() throws IOException {
        create("lib/libtorch_cpu.so");

        assertThat(natives("lib", "cu128").flavor()).isEqualTo("cpu");
    }

    @Test
    void aLibtorchOfAnotherVersionIsNotLoaded() throws IOException {
        create("torch/lib/" + System.mapLibraryName("torch"));
        Path folder = root.resolve("torch/lib");
        assertThat(TorchNatives.reasonAgainstLoading(folder, "2.7.1")).isNull();
        Path version = Files.writeString(root.resolve("torch/version.py"), "v = '2.8.0+cu128'");

        assertThat(TorchNatives.reasonAgainstLoading(folder, "2.7.1"))
                .isEqualTo(
                        folder
                                + " is PyTorch 2.8.0+cu128, not loaded, because DJL's code is for"
                                + " version 2.7.1");
        Files.writeString(version, "v = '2.7.1+cu128'");
        assertThat(TorchNatives.reasonAgainstLoading(folder, "2.7.1")).isNull();
        assertThat(TorchNatives.reasonAgainstLoading(folder, "2.7.1-20250812")).isNull();
    }

    @Test
    void theFolderOfLibtorchIsTheFirstThatHoldsIt() throws IOException {
        Path library = create("torch/lib/" + System.mapLibraryName("torch"));
        Path folder = root.resolve("torch/lib");

        assertThat(TorchNatives.find(root + File.pathSeparator + folder)).isEqualTo(folder);
        assertThat(TorchNatives.find(library.toString())).isEqualTo(folder);
        assertThat(TorchNatives.find(root.toString())).isNull();
    }

    @Test
    void loadedLibraries() {
        String line = "7f00-7f10 r--p 00000000 08:01 42            ";
        assertThat(
                        LoadedLibraries.find(
                                Stream.of(
                                        "7f00-7f10 rw-p 00000000 00:00 0",
                                        line + "[heap]",
                                        line + "/a folder/libcusparseLt/libc.so.6",
                                        line + "/a folder/libcusparseLt.so.0"),
                                "libcusparseLt"))
                .isEqualTo("/a folder/libcusparseLt.so.0");
        assertThat(LoadedLibraries.find(Stream.of(), "libcusparseLt")).isNull();
    }

    @Test
    void theReasonInJnasMessage() {
        assertThat(
                        CudaRuntime.reason(
                                new UnsatisfiedLinkError(
                                        "Unable to load library 'cudart':\n"
                                                + "libcudart.so: cannot open shared object file\n"
                                                + "Native library (linux-x86-64/libcudart.so) not"
                                                + " found in resource path ([a, b])")))
                .isEqualTo("libcudart.so: cannot open shared object file");
        assertThat(CudaRuntime.format(12080)).isEqualTo("12.8");
        assertThat(CudaRuntime.format(0)).isNull();
    }

    private Diagnosis.Natives natives(String folder, @Nullable String override) {
        return TorchNatives.read(root.resolve(folder), "2.7.1", override);
    }

    private void writeDriver() throws IOException {
        Path file = create("proc/driver/nvidia/version");
        Files.writeString(
                file,
                "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  570.124.06  Release\n");
    }

    private Path create(String name) throws IOException {
        Path file = root.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.createFile(file);
    }
}
