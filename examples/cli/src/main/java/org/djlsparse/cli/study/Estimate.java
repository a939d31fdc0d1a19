package org.djlsparse.cli.study;

import org.apache.commons.statistics.distribution.TDistribution;
import org.jspecify.annotations.Nullable;

import java.util.Arrays;

/**
 * The mean of a sample, its standard error and its confidence interval.
 *
 * @param mean the mean
 * @param standardError the sample's standard deviation over the root of its size; null for one
 *     value
 * @param interval half the width of the mean's 95% confidence interval, by Student's t; null for
 *     one value
 */
public record Estimate(double mean, @Nullable Double standardError, @Nullable Double interval) {

    private static final double UPPER = 0.975;

    /**
     * Computes an estimate.
     *
     * @param values the sample, at least one value
     * @return the estimate
     */
    public static Estimate of(double[] values) {
        int count = values.length;
        double mean = Arrays.stream(values).sum() / count;
        double squares = Arrays.stream(values).map(v -> (v - mean) * (v - mean)).sum();
        if (count < 2) {
            return new Estimate(mean, null, null);
        }
        double error = Math.sqrt(squares / (count - 1) / count);
        double quantile = TDistribution.of(count - 1.0).inverseCumulativeProbability(UPPER);
        return new Estimate(mean, error, quantile * error);
    }

    /**
     * Computes Pearson's correlation.
     *
     * @param x a value for each point
     * @param y another value for each point
     * @return the coefficient, from -1 to 1; null for fewer than three points, or if all x or all y
     *     are equal
     */
    static @Nullable Double correlation(double[] x, double[] y) {
        double meanX = Arrays.stream(x).average().orElse(0);
        double meanY = Arrays.stream(y).average().orElse(0);
        double xx = 0;
        double xy = 0;
        double yy = 0;
        for (int i = 0; i < x.length; i++) {
            xx += (x[i] - meanX) * (x[i] - meanX);
            xy += (x[i] - meanX) * (y[i] - meanY);
            yy += (y[i] - meanY) * (y[i] - meanY);
        }
        return x.length < 3 || xx == 0 || yy == 0 ? null : xy / Math.sqrt(xx * yy);
    }
}
