package org.djlsparse.kernel;

import org.jspecify.annotations.Nullable;

/**
 * The times of a kernel's products on a layer, or the reason why it cannot serve the layer.
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

    @Override
    public String toString() {
        String times = LayerTrials.micros(forwardNanos);
        if (inputGradientNanos > 0) {
            times += ", input gradient " + LayerTrials.micros(inputGradientNanos);
        }
        if (weightGradientNanos > 0) {
            times += ", weight gradient " + LayerTrials.micros(weightGradientNanos);
        }
        return kernel.getName() + ": " + (reason == null ? "forward " + times : reason);
    }
}
