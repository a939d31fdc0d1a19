package org.djlsparse.torch;

import ai.djl.Device;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Locale;

/**
 * What a {@link KernelTuner} found for a layer. Its text is a line for each kernel.
 *
 * @param device where the layer runs
 * @param outputs the weight's rows
 * @param inputs the weight's columns
 * @param rows the number of rows of the layer's input
 * @param kernel the fastest kernel
 * @param trials all kernels, with their times or why they cannot serve the layer
 */
public record KernelChoice(
        Device device,
        long outputs,
        long inputs,
        long rows,
        LinearKernel kernel,
        List<Trial> trials) {

    /** Creates a choice. */
    public KernelChoice {
        trials = List.copyOf(trials);
    }

    /**
     * A kernel on a layer.
     *
     * @param kernel the kernel
     * @param reason why it cannot serve the layer; null if it can
     * @param packNanos the time to pack the weight, in nanoseconds
     * @param forwardNanos the time of the forward product
     * @param inputGradientNanos the time of the product that gives the gradient of the input
     */
    public record Trial(
            LinearKernel kernel,
            @Nullable String reason,
            double packNanos,
            double forwardNanos,
            double inputGradientNanos) {

        /**
         * Returns what a training step spends in the kernel: it packs once and runs each product
         * once.
         *
         * @return the sum, in nanoseconds
         */
        public double getStepNanos() {
            return packNanos + forwardNanos + inputGradientNanos;
        }
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        text.append(
                String.format(
                        Locale.ROOT,
                        "%d x %d, %d rows, %s: %s%n",
                        outputs,
                        inputs,
                        rows,
                        device,
                        kernel.getName()));
        for (Trial trial : trials) {
            text.append(
                    trial.reason() == null
                            ? String.format(
                                    Locale.ROOT,
                                    "  %s: pack %.1f us, forward %.1f us, input gradient %.1f us%n",
                                    trial.kernel().getName(),
                                    trial.packNanos() / 1e3,
                                    trial.forwardNanos() / 1e3,
                                    trial.inputGradientNanos() / 1e3)
                            : String.format(
                                    Locale.ROOT,
                                    "  %s: %s%n",
                                    trial.kernel().getName(),
                                    trial.reason()));
        }
        return text.toString();
    }
}
