package org.djlsparse.cli.doctor;

import org.djlsparse.cli.doctor.GpuFacts.Source;
import org.jspecify.annotations.Nullable;

import java.util.List;

/** The next step towards training on a GPU with sparse products, from what doctor found. */
final class GpuAdvice {

    /** The first version of CUDA for which DJL has natives of this PyTorch. */
    private static final int NATIVES_FROM = 12080;

    /** The step on a system without kernels. */
    static final String NO_KERNELS =
            "Kernels need Linux on x86-64 and DJL's PyTorch engine; here products stay dense.";

    private static final String WHEEL =
            "PYTORCH_LIBRARY_PATH=<site-packages>/torch/lib PYTORCH_FLAVOR=cu128, from PyTorch's"
                    + " wheel torch==2.7.1 for cu128";

    private GpuAdvice() {}

    /**
     * Returns the next step if the engine loaded. Each step assumes that those before it are done.
     *
     * @param facts what doctor found
     * @return one or two sentences
     */
    static String of(GpuFacts facts) {
        if (!facts.kernels()) {
            return NO_KERNELS;
        }
        if (facts.libraryPath() && facts.source() != Source.LIBRARY_PATH) {
            return "DJL ignored PYTORCH_LIBRARY_PATH, because it found no libtorch.so there: name"
                    + " the folder that holds this file.";
        }
        if (facts.gpus() == 0) {
            return device(facts);
        }
        if (!facts.cudaBuild()) {
            return natives(facts);
        }
        if (facts.engineGpus() == 0) {
            return "DJL sees a GPU, but PyTorch's CUDA build does not: the driver is probably too"
                    + " old for CUDA 12.8. Update the driver.";
        }
        return sparse(facts);
    }

    /**
     * Returns the next step if the engine did not load.
     *
     * @param messages the messages of the exception and its causes
     * @param libraryPath whether PYTORCH_LIBRARY_PATH is set
     * @param flavor whether PYTORCH_FLAVOR is set
     * @return one or two sentences
     */
    static String withoutEngine(List<String> messages, boolean libraryPath, boolean flavor) {
        if (mentions(messages, TorchNatives.OTHER_VERSION)) {
            return "Name the folder of a libtorch of this version: " + WHEEL + ".";
        }
        if (mentions(messages, "libc10_cuda.so: cannot open shared object file")) {
            return "PYTORCH_FLAVOR is for CUDA, but the libtorch is a CPU build: set"
                    + " PYTORCH_FLAVOR=cpu, or "
                    + WHEEL
                    + ".";
        }
        // DJL loads libtorch before it looks for its own code.
        if (mentions(messages, "cannot open shared object file")) {
            return "Add the folder of the missing library to LD_LIBRARY_PATH. PyTorch's wheel has"
                    + " its libraries in <site-packages>/nvidia/*/lib and"
                    + " <site-packages>/cusparselt/lib.";
        }
        if (libraryPath && !flavor) {
            return "Set PYTORCH_FLAVOR beside PYTORCH_LIBRARY_PATH: cu128 for a CUDA build, cpu for"
                    + " a CPU build. Without it, DJL asks for a flavour that pytorch-jni lacks.";
        }
        if (mentions(messages, "Failed to save pytorch index file")
                || mentions(messages, "Failed to download PyTorch native library")) {
            return "DJL could not download PyTorch: allow access to publish.djl.ai, or name an"
                    + " installed one: "
                    + WHEEL
                    + ".";
        }
        return "Add ai.djl.pytorch:pytorch-engine, pytorch-jni and natives for this system to the"
                + " class path.";
    }

    /** DJL counts no GPU. */
    private static String device(GpuFacts facts) {
        if (facts.driver() == NvidiaDriver.State.NONE) {
            return "No NVIDIA driver is loaded, so there is no GPU to set up. If this machine has"
                    + " an NVIDIA GPU, install its driver first.";
        }
        if (facts.driver() == NvidiaDriver.State.NO_DEVICE) {
            return "The driver is loaded, but this process cannot reach a GPU: start the container"
                    + " with its GPUs, such as docker run --gpus all.";
        }
        if (!facts.cudart()) {
            return "There is an NVIDIA GPU, but DJL sees it only if JNA finds libcudart: start Java"
                    + " with -Djna.library.path=FOLDER, such as"
                    + " <site-packages>/nvidia/cuda_runtime/lib or /usr/local/cuda/lib64.";
        }
        if (facts.cudaError() == CudaRuntime.INSUFFICIENT_DRIVER) {
            return "The driver is too old for this libcudart: update the driver, or start Java with"
                    + " -Djna.library.path=FOLDER, where FOLDER holds libcudart 12.8 under the name"
                    + " libcudart.so.";
        }
        return "There is an NVIDIA GPU, but CUDA counts none: check nvidia-smi and"
                + " CUDA_VISIBLE_DEVICES.";
    }

    /** DJL counts a GPU, but has PyTorch's CPU build. */
    private static String natives(GpuFacts facts) {
        return switch (facts.source()) {
            case CLASS_PATH ->
                    "DJL sees the GPU, but uses the CPU build on the class path: remove"
                            + " ai.djl.pytorch:pytorch-native-cpu (in this repository: mvn -q -Pgpu"
                            + " -DskipTests package). DJL then downloads its CUDA build.";
            case LIBRARY_PATH ->
                    "DJL sees the GPU, but PYTORCH_LIBRARY_PATH names a CPU build: set "
                            + WHEEL
                            + ".";
            case CACHE ->
                    facts.cudaVersion() > 0 && facts.cudaVersion() < NATIVES_FROM
                            ? "DJL has CUDA natives for 12.8 only and took its CPU build, because"
                                    + " libcudart is older: set PYTORCH_FLAVOR=cu128, or use"
                                    + " libcudart 12.8."
                            : "DJL sees the GPU, but uses PyTorch's CPU build: set"
                                    + " PYTORCH_FLAVOR=cu128.";
        };
    }

    /** The engine has a GPU. */
    private static String sparse(GpuFacts facts) {
        int major = major(facts.capability());
        if (major < 8) {
            return "The GPU trains, but has no sparse tensor cores: products stay dense.";
        }
        return switch (facts.cusparselt()) {
            case WORKS ->
                    "cuSPARSELt works: choose kernels with"
                            + " KernelChooser.fastest(DataType.BFLOAT16).";
            case FAILS, NOT_TRIED ->
                    "cuSPARSELt is built in, but fails: the message says why. If it is"
                            + " \"architecture mismatch\", this version of cuSPARSELt does not"
                            + " support the GPU.";
            case NOT_BUILT_IN, CPU_BUILD ->
                    (major == 8
                                    ? "CUTLASS's kernels serve this GPU; for cuSPARSELt set "
                                    : "These natives have no sparse kernel for this GPU: set ")
                            + WHEEL
                            + ".";
        };
    }

    private static int major(@Nullable String capability) {
        return capability == null
                ? 0
                : Integer.parseInt(capability.substring(0, capability.length() - 1));
    }

    private static boolean mentions(List<String> causes, String part) {
        return causes.stream().anyMatch(cause -> cause.contains(part));
    }
}
