package org.djlsparse.cli.doctor;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * What works on a machine. The components are the keys of its JSON.
 *
 * @param java the Java runtime
 * @param platform the system and the processor
 * @param djl the version of DJL
 * @param engine the engine and its version
 * @param vector Java's Vector API, which kernel {@code cpu-sparse} needs
 * @param devices the devices that a model can train on
 * @param maskedDense training with masks and dense products, which every machine must be able to do
 * @param hooks gradients by hooks, which the kernels need
 * @param kernels each kernel on each device
 */
public record Diagnosis(
        String java,
        String platform,
        String djl,
        String engine,
        VectorCheck vector,
        List<DeviceInfo> devices,
        Check maskedDense,
        Check hooks,
        List<KernelCheck> kernels) {

    /** Creates a diagnosis. */
    public Diagnosis {
        devices = List.copyOf(devices);
        kernels = List.copyOf(kernels);
    }

    /**
     * Java's Vector API in this JVM.
     *
     * @param available whether kernel {@code cpu-sparse} runs
     * @param lanes the floats of a vector; null if it does not
     * @param reason why it does not; null if it does
     */
    public record VectorCheck(
            boolean available, @Nullable Integer lanes, @Nullable String reason) {}

    /**
     * A device.
     *
     * @param name its name in DJL
     * @param computeCapability a GPU's compute capability, such as 9.0; null for a CPU
     */
    public record DeviceInfo(String name, @Nullable String computeCapability) {}

    /**
     * Something that was tried.
     *
     * @param works whether it gave the right result
     * @param reason why it does not work; null if it does
     * @param error the largest error relative to the largest entry of the right result; null if
     *     there was no result
     */
    public record Check(boolean works, @Nullable String reason, @Nullable Double error) {

        static Check of(double error, double limit) {
            // A NaN is no small error.
            return error <= limit
                    ? new Check(true, null, error)
                    : new Check(false, "error " + error + ": must be at most " + limit, error);
        }

        static Check failed(@Nullable String reason) {
            return new Check(false, String.valueOf(reason), null);
        }
    }

    /**
     * A kernel on a device.
     *
     * @param kernel the kernel's name
     * @param device the device's name
     * @param forward the forward product
     * @param inputGradient the product that gives the gradient of the input
     */
    public record KernelCheck(String kernel, String device, Check forward, Check inputGradient) {}
}
