package org.djlsparse.mask;

import java.util.Random;

/** Weights for tests. */
public final class Weights {

    private Weights() {}

    /** Draws from the normal distribution. */
    public static float[] gaussian(int size, long seed) {
        Random random = new Random(seed);
        float[] weights = new float[size];
        for (int i = 0; i < size; i++) {
            weights[i] = (float) random.nextGaussian();
        }
        return weights;
    }

    /** Few different magnitudes, so that most tiles have ties. */
    public static float[] withTies(int size, long seed) {
        Random random = new Random(seed);
        float[] weights = new float[size];
        for (int i = 0; i < size; i++) {
            weights[i] = random.nextInt(7) - 3;
        }
        return weights;
    }

    /** Few entries that are not zero, so that the last places of a mask are hard to fill. */
    static float[] mostlyZero(int size, long seed) {
        Random random = new Random(seed);
        float[] weights = new float[size];
        for (int i = 0; i < size; i++) {
            weights[i] = random.nextInt(3) == 0 ? random.nextFloat() : 0;
        }
        return weights;
    }

    /** The sum of all magnitudes. */
    static double magnitude(float[] weights) {
        double sum = 0;
        for (float weight : weights) {
            sum += Math.abs(weight);
        }
        return sum;
    }

    /** The sum of the magnitudes that a mask keeps. */
    public static double kept(Mask mask, float[] weights) {
        boolean[] keep = mask.toBooleanArray();
        double sum = 0;
        for (int i = 0; i < weights.length; i++) {
            sum += keep[i] ? Math.abs(weights[i]) : 0;
        }
        return sum;
    }
}
