package org.djlsparse.internal.torch;

import ai.djl.ndarray.NDArray;

/**
 * A random sample of a product's gradient dY, for the gradient of the weight. Of each four
 * consecutive rows of an output, it has at most two nonzero entries. Its expectation is dY, with
 * the least variance; {@code gradient_sample.py} explains the method, and {@link
 * org.djlsparse.training.WeightGradient#sampled} has the sources.
 *
 * @param key the key of the random numbers; equal keys give equal samples of equal gradients
 */
public record GradientSample(long key) {

    private static final SharedModule SCRIPT =
            new SharedModule(GradientSample.class, "gradient_sample.py");

    // Groups at a time: few enough for a CPU's cache, and enough to keep a GPU busy.
    private static final long ON_CPU = 1 << 14;
    private static final long ON_GPU = 1 << 22;

    /**
     * Draws the sample.
     *
     * @param gradient the gradient of the product, {@code [.., out]}, or {@code [batch, out, ..]}
     *     if the channels come first
     * @param channelsFirst whether the outputs are the second dimension instead of the last
     * @return the sample, of the same shape and type, attached to the same manager. A group of four
     *     with an entry that is not finite is returned as it is
     */
    NDArray of(NDArray gradient, boolean channelsFirst) {
        long atOnce = gradient.getDevice().isGpu() ? ON_GPU : ON_CPU;
        try (NDArray numbers = gradient.getManager().create(new long[] {key, atOnce})) {
            return SCRIPT.get()
                    .callWithGradients(
                            channelsFirst ? "sample_channels" : "sample", gradient, numbers)
                    .singletonOrThrow();
        }
    }
}
