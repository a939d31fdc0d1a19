package org.djlsparse.convert;

import org.djlsparse.internal.torch.LeastSquares;

/** The score of each weight; a mask keeps the weights with the largest sum of scores. */
public enum MaskScore {
    /** The weight's magnitude, which needs no samples. */
    MAGNITUDE,
    /**
     * The weight's magnitude times the norm of its input over the samples (Sun et al., "A Simple
     * and Effective Pruning Approach for Large Language Models", 2023).
     */
    WANDA,
    /**
     * The error of pruning the weight if all others compensate for it as well as possible: the
     * weight's square divided by the diagonal of the damped inverse of {@code X^T X}, as in Optimal
     * Brain Surgeon and SparseGPT (Frantar and Alistarh, 2023).
     */
    OBS;

    /**
     * Returns the scores of weights, scaled to a maximum of 1 unless they are the weights.
     *
     * @param weights the weights, output by output
     * @param sums the sums of the layer's inputs
     * @param damping the damping of the inverse
     */
    float[] of(float[] weights, LeastSquares sums, double damping) {
        if (this == MAGNITUDE) {
            return weights;
        }
        double[] factors;
        if (this == WANDA) {
            factors = sums.getInputSquares();
            for (int i = 0; i < factors.length; i++) {
                factors[i] = Math.sqrt(factors[i]);
            }
        } else {
            factors = sums.getInverseDiagonal(damping);
            for (int i = 0; i < factors.length; i++) {
                factors[i] = 1 / factors[i];
            }
        }
        double[] scores = new double[weights.length];
        double largest = 0;
        for (int i = 0; i < weights.length; i++) {
            double weight = this == OBS ? (double) weights[i] * weights[i] : Math.abs(weights[i]);
            scores[i] = weight * factors[i % factors.length];
            largest = Math.max(largest, scores[i]);
        }
        float[] scaled = new float[weights.length];
        for (int i = 0; i < weights.length && largest > 0; i++) {
            scaled[i] = (float) (scores[i] / largest);
        }
        return scaled;
    }
}
