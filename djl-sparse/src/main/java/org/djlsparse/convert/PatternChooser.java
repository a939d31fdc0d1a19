package org.djlsparse.convert;

import org.djlsparse.mask.NmPattern;

/**
 * Chooses the pattern of a layer whose weights are already sparse, without structure: the smallest
 * N of N:M for which a group of M rarely has more than N nonzero weights.
 *
 * <p>If each weight is zero with a probability equal to the layer's sparsity, the probability that
 * a group of M has at most N nonzero weights is a binomial tail. It must be at least the
 * confidence. (From the code published with Hubara et al. 2021, for the conversion of unstructured
 * models.)
 *
 * @param m the length of a group, at least 2
 * @param confidence the minimum probability that a group loses no nonzero weight, at least 0 and
 *     below 1
 */
public record PatternChooser(int m, double confidence) {

    /**
     * Creates a chooser.
     *
     * @throws IllegalArgumentException if m is below 2, or the confidence is below 0 or not below 1
     */
    public PatternChooser {
        if (m < 2) {
            throw new IllegalArgumentException("M " + m + ": must be at least 2");
        }
        if (!(confidence >= 0 && confidence < 1)) {
            throw new IllegalArgumentException(
                    "confidence " + confidence + ": must be from 0 to below 1");
        }
    }

    /**
     * Chooses a pattern.
     *
     * @param sparsity the fraction of zeros, from 0 to 1
     * @return the pattern; M:M, which prunes nothing, if no other pattern reaches the confidence
     * @throws IllegalArgumentException if the sparsity is not from 0 to 1
     */
    public NmPattern choose(double sparsity) {
        if (!(sparsity >= 0 && sparsity <= 1)) {
            throw new IllegalArgumentException("sparsity " + sparsity + ": must be from 0 to 1");
        }
        // One minus the other tail would lose precision by cancellation.
        double sum = getProbability(0, sparsity);
        int n = 0;
        while (n < m && (n == 0 || sum < confidence)) {
            n++;
            sum += getProbability(n, sparsity);
        }
        return NmPattern.of(n, m);
    }

    /**
     * Returns the probability that a group has exactly a number of nonzero weights.
     *
     * @param count the number of nonzero weights, from 0 to M
     * @param sparsity the fraction of zeros, from 0 to 1
     * @return the binomial probability
     */
    double getProbability(int count, double sparsity) {
        double probability = 1;
        // Alternates large and small factors, so that the product neither overflows nor underflows.
        int zeros = m - count;
        int usedZeros = 0;
        for (int i = 1; i <= count; i++) {
            probability *= (double) (m - count + i) / i * (1 - sparsity);
            while (probability > 1 && usedZeros < zeros) {
                probability *= sparsity;
                usedZeros++;
            }
        }
        return probability * Math.pow(sparsity, zeros - usedZeros);
    }

    /** Returns the fraction of zeros among weights. */
    static double sparsityOf(float[] weights) {
        long zeros = 0;
        for (float weight : weights) {
            if (weight == 0) {
                zeros++;
            }
        }
        return (double) zeros / weights.length;
    }
}
