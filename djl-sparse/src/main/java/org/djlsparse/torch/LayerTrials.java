package org.djlsparse.torch;

import ai.djl.Device;
import ai.djl.ndarray.types.Shape;

import java.util.List;
import java.util.stream.Collectors;

/**
 * What a {@link KernelTuner} measured on a layer. Its text is a line for the layer and one for each
 * kernel.
 *
 * @param device where the layer runs
 * @param weight the shape of the weight
 * @param rows the number of rows of the layer's input
 * @param training whether times are those of a training step or of a prediction
 * @param denseNanos what the layer takes as DJL runs it: in training forward and backward pass, in
 *     a prediction the product; in nanoseconds
 * @param kernelNanos what it takes with the fastest kernels, in training with packing; infinite if
 *     no kernel can serve it
 * @param choice the choice
 * @param kernels all kernels on the layer
 */
public record LayerTrials(
        Device device,
        Shape weight,
        long rows,
        boolean training,
        double denseNanos,
        double kernelNanos,
        KernelChoice choice,
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
                + choice.description()
                + kernels.stream()
                        .map(kernel -> System.lineSeparator() + "  " + kernel)
                        .collect(Collectors.joining());
    }
}
