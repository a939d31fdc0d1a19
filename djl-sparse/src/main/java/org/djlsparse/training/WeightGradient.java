package org.djlsparse.training;

import org.jspecify.annotations.Nullable;

import java.util.Objects;

/**
 * How the gradient of a masked layer's weight is computed: {@code dY^T x}, from the layer's input x
 * and the gradient dY of its output. It is the third product of a layer with N:M masks. The masks
 * make the other two sparse, {@code x W^T} and {@code dY W}, but not this one, which does not read
 * the weight.
 */
public final class WeightGradient {

    private static final WeightGradient EXACT = new WeightGradient(null);

    private final @Nullable Long seed;

    private WeightGradient(@Nullable Long seed) {
        this.seed = seed;
    }

    /**
     * Returns the exact weight gradient, from all entries of dY.
     *
     * @return the exact weight gradient
     */
    public static WeightGradient exact() {
        return EXACT;
    }

    /**
     * Returns a weight gradient whose dY is sampled to 2:4 along the rows, so that all three
     * products of a layer are sparse, as in 2by4 (Hu et al. 2024, "Accelerating transformer
     * pre-training with 2:4 sparsity").
     *
     * <p>dY has one row per sample, or per position of each sample; for convolutions, one per pixel
     * of each image. Of each four consecutive rows, each output keeps at most two entries. The last
     * group may have fewer rows. An entry a is kept with the probability {@code p = min(1, c |a|)},
     * where c is such that the four probabilities sum to 2, and becomes {@code a / p}. In a group
     * with at most two nonzero entries, p is 1 for these, so the group does not change.
     *
     * <p>The sample is unbiased: its expectation is dY, so that of the weight gradient is the exact
     * one. No unbiased estimator with at most two nonzero entries of four has less variance: kept
     * with probability p, an entry contributes at least {@code a^2 (1 / p - 1)}, and these p
     * minimize the sum. Chmiel et al. (2023, "Minimum variance unbiased N:M sparsity for the neural
     * gradients", ICLR) introduced such estimators (MVUE). 2by4 draws two entries one after the
     * other without replacement, each in proportion to the remaining magnitudes, and divides by the
     * probability that results. That is unbiased, too, but only approximates the minimum.
     *
     * <p>Only this product reads the sample. The gradients of input and bias are computed from all
     * of dY, bit for bit as with {@link #exact}. The variance of the weight gradient grows, like
     * that of a smaller batch. A kept entry is at most twice as large as the largest of its group.
     * A group with NaN or infinity is not sampled, so the weight gradient is then not finite
     * either.
     *
     * <p>Layers are sampled while a kernel runs their products, and not while they are dense: the
     * kernel does not support them, they have no mask, or {@code KernelChooser.fastest} found no
     * faster kernel. The report tells the layers apart.
     *
     * <p>Cost: no kernel of this library skips the zeros of dY yet, so training becomes slower, by
     * about 110 elementwise operations on a quarter of dY in double precision. Use it to find out
     * whether a model learns as well, before a device or a kernel makes it faster.
     *
     * <p>The random numbers depend only on the seed, the layer, the device, the training step, and
     * the layer's forward passes since the step began. Runs with equal seeds are therefore equal,
     * however threads are timed, if the same layers run in kernels. So is a run that is resumed by
     * {@code Sparsifier.load} with the same seed, which is a setting and not part of the saved
     * state. Without the Sparsifier's listener, the step does not advance, but each forward pass
     * still gets its own numbers.
     *
     * @param seed the seed
     * @return the sampled weight gradient
     */
    public static WeightGradient sampled(long seed) {
        return new WeightGradient(seed);
    }

    /**
     * Returns the seed of the sampling.
     *
     * @return the seed; null for the exact weight gradient
     */
    public @Nullable Long getSeed() {
        return seed;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof WeightGradient gradient && Objects.equals(seed, gradient.seed);
    }

    @Override
    public int hashCode() {
        return Objects.hashCode(seed);
    }

    @Override
    public String toString() {
        return seed == null ? "exact" : "sampled(" + seed + ")";
    }
}
