package org.djlsparse.cli.doctor;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * The working and the missing features of a machine. The components are the keys of its JSON.
 *
 * @param java the Java runtime
 * @param platform the system and the processor
 * @param djl the version of DJL
 * @param engine the engine and its version
 * @param causes the causes if the engine did not load, the outermost first; otherwise empty
 * @param natives PyTorch's native libraries
 * @param driver the NVIDIA driver, which DJL may not see
 * @param cudart CUDA's runtime library, by which DJL sees GPUs
 * @param gpus the GPUs that DJL counts
 * @param cusparselt the library behind the kernels {@code cusparselt}
 * @param vector the check of Java's Vector API, which kernel {@code cpu-sparse} needs
 * @param devices the devices for training
 * @param maskedDense the check of training with masks and dense products, which must work
 *     everywhere
 * @param hooks the check of gradient hooks, which the kernels need
 * @param kernels the check of each kernel on each device
 * @param nextStep what to do next to train on a GPU
 */
public record Diagnosis(
        String java,
        String platform,
        String djl,
        String engine,
        List<String> causes,
        Natives natives,
        Finding driver,
        Finding cudart,
        GpuCount gpus,
        Finding cusparselt,
        VectorCheck vector,
        List<DeviceInfo> devices,
        Check maskedDense,
        Check hooks,
        List<KernelCheck> kernels,
        String nextStep) {

    /** Creates a diagnosis. */
    public Diagnosis {
        causes = List.copyOf(causes);
        devices = List.copyOf(devices);
        kernels = List.copyOf(kernels);
    }

    /**
     * The native libraries of PyTorch that DJL loaded.
     *
     * @param folder their folder; null if none are loaded
     * @param flavor {@code cpu}, or CUDA's version such as {@code cu128}; {@code cuda} if it is
     *     unknown
     * @param version PyTorch's version
     */
    public record Natives(
            @Nullable String folder, @Nullable String flavor, @Nullable String version) {}

    /**
     * Something looked for on this machine.
     *
     * @param found the file; null if there is none
     * @param version its version; null if it is unknown
     * @param reason the reason why it was not found, or does not work; null if it works
     */
    public record Finding(
            @Nullable String found, @Nullable String version, @Nullable String reason) {}

    /**
     * The GPUs that are counted.
     *
     * @param djl the number that DJL counts through libcudart
     * @param engine the number that the engine can use; 0 for a CPU build
     * @param reason CUDA's message if it cannot count them; null if it can
     */
    public record GpuCount(int djl, int engine, @Nullable String reason) {}

    /**
     * The check of Java's Vector API in this JVM.
     *
     * @param available whether kernel {@code cpu-sparse} runs
     * @param lanes the number of floats in a vector; null if it does not run
     * @param reason the reason why it does not run; null if it does
     */
    public record VectorCheck(
            boolean available, @Nullable Integer lanes, @Nullable String reason) {}

    /**
     * A device.
     *
     * @param name the name in DJL
     * @param computeCapability the compute capability of a GPU, such as 9.0; null for a CPU
     */
    public record DeviceInfo(String name, @Nullable String computeCapability) {}

    /**
     * The outcome of a check.
     *
     * @param works whether the result was right
     * @param reason the reason why it was not; null if it was
     * @param error the largest error relative to the largest entry of the right result; null
     *     without a result
     */
    public record Check(boolean works, @Nullable String reason, @Nullable Double error) {

        static Check of(double error, double limit) {
            // False for NaN.
            return error <= limit
                    ? new Check(true, null, error)
                    : new Check(false, "error " + error + ": must be at most " + limit, error);
        }

        static Check failed(@Nullable String reason) {
            return new Check(false, String.valueOf(reason), null);
        }
    }

    /**
     * The check of a kernel on a device.
     *
     * @param kernel the kernel's name
     * @param device the device's name
     * @param forward the check of the forward product
     * @param inputGradient the check of the product for the gradient of the input
     */
    public record KernelCheck(String kernel, String device, Check forward, Check inputGradient) {}
}
