package org.djlsparse.cli.study;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;

/**
 * The mean of a sample and its standard error.
 *
 * @param mean the mean
 * @param standardError the sample's standard deviation over the root of its size; null for one
 *     value
 */
public record Estimate(double mean, @Nullable Double standardError) {

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
        return new Estimate(mean, count < 2 ? null : Math.sqrt(squares / (count - 1) / count));
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
