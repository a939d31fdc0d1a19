package org.djlsparse.internal.torch;

import java.util.Arrays;
import java.util.SplittableRandom;

/** A sampler of groups of four in plain Java, written without regard to the library's. */
final class GroupSample {

    private static final int SIZE = 4;

    private GroupSample() {}

    /**
     * Returns the probabilities with which the entries of a group are kept, by filling: entries in
     * proportion to their magnitudes, and again without those whose share exceeds one.
     */
    static double[] probabilities(double[] group) {
        double[] kept = new double[SIZE];
        boolean[] full = new boolean[SIZE];
        double places = 2;
        boolean again = true;
        while (again) {
            again = false;
            double sum = 0;
            for (int i = 0; i < SIZE; i++) {
                sum += full[i] ? 0 : Math.abs(group[i]);
            }
            for (int i = 0; i < SIZE; i++) {
                if (!full[i]) {
                    kept[i] = sum == 0 ? 0 : places * Math.abs(group[i]) / sum;
                }
            }
            for (int i = 0; i < SIZE && !again; i++) {
                if (!full[i] && places >= 1 && kept[i] >= 1) {
                    full[i] = true;
                    kept[i] = 1;
                    places--;
                    again = true;
                }
            }
        }
        return kept;
    }

    /** Returns the sample at a point from 0 to 1: the entries on whose part of the line it lies. */
    static double[] draw(double[] group, double point) {
        double[] kept = probabilities(group);
        double[] sample = new double[SIZE];
        double start = 0;
        for (int i = 0; i < SIZE; i++) {
            double end = start + kept[i];
            for (double place : new double[] {point, point + 1}) {
                if (start <= place && place < end) {
                    sample[i] = group[i] / kept[i];
                }
            }
            start = end;
        }
        return sample;
    }

    /** Returns the sample of a matrix {@code [rows, columns]} whose numbers begin at a key. */
    static double[] draw(float[] gradient, int columns, long key) {
        SplittableRandom random = new SplittableRandom(key);
        double[] result = new double[gradient.length];
        int rows = gradient.length / columns;
        for (int row = 0; row < rows; row += SIZE) {
            for (int column = 0; column < columns; column++) {
                double[] group = new double[SIZE];
                for (int i = 0; i < SIZE && row + i < rows; i++) {
                    group[i] = gradient[(row + i) * columns + column];
                }
                double[] sample = draw(group, random.nextDouble());
                for (int i = 0; i < SIZE && row + i < rows; i++) {
                    result[(row + i) * columns + column] = sample[i];
                }
            }
        }
        return result;
    }

    /**
     * Returns the mean and the variance of the inner product of a group's sample with other
     * numbers, from all samples that can be drawn and their probabilities.
     */
    static double[] moments(double[] group, double[] others) {
        double[] kept = probabilities(group);
        double[] borders = new double[SIZE + 1];
        double end = 0;
        for (int i = 0; i < SIZE; i++) {
            end += kept[i];
            borders[i] = end - Math.floor(end);
        }
        borders[SIZE] = 1;
        Arrays.sort(borders);
        double mean = 0;
        double square = 0;
        double from = 0;
        for (double to : borders) {
            double[] sample = draw(group, (from + to) / 2);
            double product = 0;
            for (int i = 0; i < SIZE; i++) {
                product += sample[i] * others[i];
            }
            mean += (to - from) * product;
            square += (to - from) * product * product;
            from = to;
        }
        return new double[] {mean, Math.max(0, square - mean * mean)};
    }

    /** Returns the variance of an unbiased sample that keeps entries with these probabilities. */
    static double variance(double[] group, double[] kept) {
        double variance = 0;
        for (int i = 0; i < SIZE; i++) {
            variance += group[i] == 0 ? 0 : group[i] * group[i] * (1 / kept[i] - 1);
        }
        return variance;
    }

    /**
     * Returns the probabilities of two draws without replacement, each in proportion to the
     * remaining magnitudes, by adding up all pairs of draws.
     */
    static double[] successive(double[] group) {
        double sum = 0;
        for (double entry : group) {
            sum += Math.abs(entry);
        }
        double[] kept = new double[SIZE];
        for (int first = 0; first < SIZE; first++) {
            for (int second = 0; second < SIZE; second++) {
                if (first != second) {
                    double a = Math.abs(group[first]);
                    double pair = a / sum * Math.abs(group[second]) / (sum - a);
                    kept[first] += pair;
                    kept[second] += pair;
                }
            }
        }
        return kept;
    }
}
