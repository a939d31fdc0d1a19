package org.djlsparse.convert;

import org.djlsparse.mask.NmPattern;

/**
 * Chooses the pattern of a layer whose weights are sparse already, without structure: the smallest
 * N of N:M such that a group of M seldom has more than N weights that are not zero.
 *
 * <p>If each weight is zero with the layer's sparsity as probability, a group of M has N or fewer
 * others with the probability of a binomial tail, and that must be the confidence or more. (The
 * paper's code, Hubara et al. 2021, for the conversion of unstructured models.)
 *
 * @param m the length of a group, at least 2
 * @param confidence the least probability that a group loses nothing, from 0 to below 1
 */
public record PatternChooser(int m, double confidence) {

    /**
     * Creates a chooser.
     *
     * @throws IllegalArgumentException if m is below 2 or the confidence is not from 0 to below 1
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
     * @param sparsity the share of zeros, from 0 to 1
     * @return the pattern; M:M, which prunes nothing, if only that is safe enough
     * @throws IllegalArgumentException if the sparsity is not from 0 to 1
     */
    public NmPattern choose(double sparsity) {
        if (!(sparsity >= 0 && sparsity <= 1)) {
            throw new IllegalArgumentException("sparsity " + sparsity + ": must be from 0 to 1");
        }
        // Not one minus the tail, which would cancel.
        double sum = getProbability(0, sparsity);
        int n = 0;
        while (n < m && (n == 0 || sum < confidence)) {
            n++;
            sum += getProbability(n, sparsity);
        }
        return NmPattern.of(n, m);
    }

    /**
     * Returns how likely a group has just so many weights that are not zero.
     *
     * @param count the number of weights, from 0 to M
     * @param sparsity the share of zeros, from 0 to 1
     * @return the binomial probability
     */
    double getProbability(int count, double sparsity) {
        double probability = 1;
        // Factors of about equal size in turn, so that nothing overflows or vanishes early.
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

    /** The share of zeros among weights. */
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
