package org.djlsparse.kernel;

import org.djlsparse.internal.text.Microseconds;
import org.jspecify.annotations.Nullable;

/**
 * The times of a kernel's products in a layer, or the reason why it cannot serve the layer.
 *
 * @param kernel the kernel
 * @param reason why it cannot serve the layer; null if it can
 * @param forwardNanos the time of the forward product, in nanoseconds
 * @param inputGradientNanos the time of the product for the gradient of the input, in nanoseconds;
 *     0 without a backward pass
 * @param weightGradientNanos the time of the product for the gradient of the weight, in
 *     nanoseconds, if the kernel computes it; 0 if the dense product computes it, or without a
 *     backward pass
 * @param forwardAlgorithm the number of the fastest algorithm for the forward product, if the
 *     kernel has several; 0 otherwise
 * @param inputGradientAlgorithm the number of the fastest algorithm for the gradient of the input,
 *     if the kernel has several; 0 otherwise
 */
public record KernelTrial(
        LinearKernel kernel,
        @Nullable String reason,
        double forwardNanos,
        double inputGradientNanos,
        double weightGradientNanos,
        long forwardAlgorithm,
        long inputGradientAlgorithm) {

    @Override
    public String toString() {
        String times = Microseconds.format(forwardNanos);
        if (inputGradientNanos > 0) {
            times += ", input gradient " + Microseconds.format(inputGradientNanos);
        }
        if (weightGradientNanos > 0) {
            times += ", weight gradient " + Microseconds.format(weightGradientNanos);
        }
        return kernel.getName() + ": " + (reason == null ? "forward " + times : reason);
    }
}
