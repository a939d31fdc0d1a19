package org.djlsparse.convert;

import org.djlsparse.internal.torch.LeastSquares;

/** What a mask keeps most of: the score of each weight, whose kept sum the solver maximizes. */
public enum MaskScore {
    /** The weight's magnitude: needs no samples. */
    MAGNITUDE,
    /**
     * The magnitude times the norm of the weight's input over the samples (Sun et al., "A Simple
     * and Effective Pruning Approach for Large Language Models", 2023).
     */
    WANDA,
    /**
     * The error that the loss of the weight costs if all others make up for it as well as they can:
     * the weight's square over the diagonal of the damped inverse of {@code X^T X}, as in Optimal
     * Brain Surgeon and SparseGPT (Frantar and Alistarh, 2023).
     */
    OBS;

    /**
     * Scores weights; the largest score is 1.
     *
     * @param weights the weights, output by output
     * @param sums those of the layer's inputs
     * @param damping of the inverse
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
