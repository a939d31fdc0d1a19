package org.djlsparse.cli.bench;

import java.util.Random;

/** Normally distributed weights. */
final class NormalWeights {

    private NormalWeights() {}

    /** Draws weights; the same for equal seeds. */
    static float[] draw(int count, long seed) {
        Random random = new Random(seed);
        float[] weights = new float[count];
        for (int i = 0; i < count; i++) {
            weights[i] = (float) random.nextGaussian();
        }
        return weights;
    }
}
