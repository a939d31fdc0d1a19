package org.djlsparse.mask;

/**
 * Keeps the N / M largest of all weights: unstructured magnitude pruning, a baseline that satisfies
 * no pattern. Equal weights at the limit are kept in the order of their index.
 *
 * <p>Cost: four passes over the weights, on one thread; 256 KiB of counters.
 */
final class UnstructuredSolver implements MaskSolver {

    private static final int HALF_BITS = 16;
    private static final int HALF_MASK = (1 << HALF_BITS) - 1;
    private static final int MAGNITUDE_MASK = 0x7fffffff;

    @Override
    public String getName() {
        return "unstructured";
    }

    @Override
    public Mask solve(float[] weights, WeightShape shape, NmPattern pattern) {
        shape.checkLength(weights.length);
        shape.checkFinite(weights);
        long kept = Math.round((double) weights.length * pattern.n() / pattern.m());

        // Bits of magnitudes have the magnitudes' order: find the upper half of the limit's bits,
        // then the lower.
        int[] counts = new int[1 << HALF_BITS];
        for (float weight : weights) {
            counts[bits(weight) >>> HALF_BITS]++;
        }
        Limit upper = Limit.of(counts, kept);
        counts = new int[1 << HALF_BITS];
        for (float weight : weights) {
            if (bits(weight) >>> HALF_BITS == upper.bin) {
                counts[bits(weight) & HALF_MASK]++;
            }
        }
        Limit lower = Limit.of(counts, upper.kept);

        int limit = upper.bin << HALF_BITS | lower.bin;
        long left = lower.kept;
        boolean[] keep = new boolean[weights.length];
        for (int i = 0; i < keep.length; i++) {
            int bits = bits(weights[i]);
            keep[i] = bits > limit || (bits == limit && left-- > 0);
        }
        return Mask.of(shape, pattern, keep);
    }

    private static int bits(float weight) {
        return Float.floatToRawIntBits(weight) & MAGNITUDE_MASK;
    }

    /** The bin in which a count from above ends, and the number of its entries that are kept. */
    private record Limit(int bin, long kept) {

        static Limit of(int[] counts, long kept) {
            long left = kept;
            int bin = counts.length - 1;
            while (counts[bin] < left) {
                left -= counts[bin];
                bin--;
            }
            return new Limit(bin, left);
        }
    }
}
