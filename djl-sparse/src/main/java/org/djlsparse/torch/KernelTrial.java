package org.djlsparse.torch;

import org.jspecify.annotations.Nullable;

import java.util.Locale;

/**
 * A kernel on a layer: what its two products took, or why it cannot serve the layer.
 *
 * @param kernel the kernel
 * @param reason why it cannot serve the layer; null if it can
 * @param forwardNanos the time of the forward product, in nanoseconds
 * @param inputGradientNanos the time of the product that gives the gradient of the input; 0 if
 *     there is no backward pass
 * @param weightGradientNanos the time of the product that gives the gradient of the weight, where
 *     the kernel has one of its own; 0 if it does not, or there is no backward pass
 * @param forwardAlgorithm the number of the algorithm that was fastest for the forward product,
 *     where the kernel has several; otherwise 0
 * @param inputGradientAlgorithm the same for the gradient of the input
 */
public record KernelTrial(
        LinearKernel kernel,
        @Nullable String reason,
        double forwardNanos,
        double inputGradientNanos,
        double weightGradientNanos,
        long forwardAlgorithm,
        long inputGradientAlgorithm) {

    static KernelTrial refused(LinearKernel kernel, String reason) {
        return new KernelTrial(kernel, reason, 0, 0, 0, 0, 0);
    }

    @Override
    public String toString() {
        String times = micros(forwardNanos);
        if (inputGradientNanos > 0) {
            times += ", input gradient " + micros(inputGradientNanos);
        }
        if (weightGradientNanos > 0) {
            times += ", weight gradient " + micros(weightGradientNanos);
        }
        return kernel.getName() + ": " + (reason == null ? "forward " + times : reason);
    }

    static String micros(double nanos) {
        return String.format(Locale.ROOT, "%.1f us", nanos / 1e3);
    }
}
