package org.djlsparse.mask;

import java.util.Random;

/** Random weights for tests. */
public final class Weights {

    private Weights() {}

    /** Returns normally distributed weights. */
    public static float[] gaussian(int size, long seed) {
        Random random = new Random(seed);
        float[] weights = new float[size];
        for (int i = 0; i < size; i++) {
            weights[i] = (float) random.nextGaussian();
        }
        return weights;
    }

    /** Returns weights of few different magnitudes, so that most tiles have ties. */
    public static float[] withTies(int size, long seed) {
        Random random = new Random(seed);
        float[] weights = new float[size];
        for (int i = 0; i < size; i++) {
            weights[i] = random.nextInt(7) - 3;
        }
        return weights;
    }

    /**
     * Returns weights with few nonzero entries, so that the last places of a mask are hard to fill.
     */
    static float[] mostlyZero(int size, long seed) {
        Random random = new Random(seed);
        float[] weights = new float[size];
        for (int i = 0; i < size; i++) {
            weights[i] = random.nextInt(3) == 0 ? random.nextFloat() : 0;
        }
        return weights;
    }

    /** Returns the sum of all magnitudes. */
    static double magnitude(float[] weights) {
        double sum = 0;
        for (float weight : weights) {
            sum += Math.abs(weight);
        }
        return sum;
    }

    /** Returns the sum of the magnitudes that a mask keeps. */
    public static double kept(Mask mask, float[] weights) {
        boolean[] keep = mask.toBooleanArray();
        double sum = 0;
        for (int i = 0; i < weights.length; i++) {
            sum += keep[i] ? Math.abs(weights[i]) : 0;
        }
        return sum;
    }
}
