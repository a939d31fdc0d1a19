package org.djlsparse.kernel;

import ai.djl.Device;
import ai.djl.ndarray.types.Shape;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * The measurements behind the choice of a layer's kernel. The text is a line for the layer and one
 * for each kernel.
 *
 * @param device where the layer runs
 * @param weight the shape of the weight
 * @param rows the number of rows of the layer's input
 * @param training whether times are those of a training step or of a prediction
 * @param denseNanos what the layer takes as DJL runs it: in training forward and backward pass, in
 *     a prediction the product; in nanoseconds
 * @param kernelNanos what it takes with the fastest kernels, in training with packing; infinite if
 *     no kernel can serve it
 * @param choice the name of the kernels that are chosen, or {@code dense}, with times and reasons
 * @param kernels all kernels on the layer
 */
public record LayerTrials(
        Device device,
        Shape weight,
        long rows,
        boolean training,
        double denseNanos,
        double kernelNanos,
        String choice,
        List<KernelTrial> kernels) {

    /** Creates the trials. */
    public LayerTrials {
        kernels = List.copyOf(kernels);
    }

    /**
     * Formats a time.
     *
     * @param nanos the time in nanoseconds
     * @return the time in microseconds, such as {@code 12.3 us}
     */
    public static String micros(double nanos) {
        return String.format(Locale.ROOT, "%.1f us", nanos / 1e3);
    }

    @Override
    public String toString() {
        return weight
                + ", "
                + rows
                + " rows, "
                + device
                + ", "
                + (training ? "training" : "prediction")
                + ": "
                + choice
                + kernels.stream()
                        .map(kernel -> System.lineSeparator() + "  " + kernel)
                        .collect(Collectors.joining());
    }
}
