package org.djlsparse.kernel;

import ai.djl.Device;
import ai.djl.ndarray.types.Shape;

import java.util.List;
import java.util.stream.Collectors;

/**
 * The measurements from which the kernel of a layer was chosen. {@code toString()} has one line for
 * the layer and one for each kernel.
 *
 * @param device the device of the layer
 * @param weight the shape of the weight
 * @param rows the number of rows of the layer's input
 * @param training {@code true} if the times are those of a training step, {@code false} if they are
 *     those of a prediction
 * @param denseNanos the time of the layer as DJL computes it, in nanoseconds: forward and backward
 *     pass in training, the product in a prediction
 * @param kernelNanos the time of the layer with the fastest kernels, in nanoseconds, in training
 *     including packing; infinite if no kernel can serve the layer
 * @param choice the names of the chosen kernels, or {@code dense}, with times and reasons
 * @param kernels the trials of all kernels
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
