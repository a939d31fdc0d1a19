package org.djlsparse.mask;

import org.djlsparse.internal.mask.TileMasks;

/**
 * Tries every mask of a tile, for M = 4: exact. Full 2:4 tiles go to {@link TwoOfFourWorker}, which
 * leaves near ties and ragged tiles to this solver.
 *
 * <p>A full tile has 24 masks at 1:4 and 3:4 and 90 at 2:4 (Hubara et al. 2021, section 3, gives
 * the problem; apex's {@code mn_2d_best} enumerates too). Cost: one addition for each of the 15
 * subsets of a row, then three for each mask.
 */
final class EnumerationSolver extends TileSolver {

    EnumerationSolver(int threads) {
        super(threads);
    }

    @Override
    public String getName() {
        return "enumeration";
    }

    @Override
    public boolean supports(NmPattern pattern) {
        return pattern.m() == TileMasks.M;
    }

    @Override
    TileWorker newWorker(NmPattern pattern) {
        return new Worker(pattern.n());
    }

    @Override
    BandWorker newBandWorker(BandWorker.Job job) {
        TileWorker worker = newWorker(job.pattern());
        return job.pattern().n() == 2
                ? new TwoOfFourWorker(job, worker)
                : new BandWorker(job, worker);
    }

    private static final class Worker implements TileWorker {

        private final int n;
        // The sum of each subset of a row, 16 for each row. Eight floats of similar size add up
        // exactly in double precision, so that true ties are recognised.
        private final double[] sums = new double[TileMasks.M * 16];

        Worker(int n) {
            this.n = n;
        }

        @Override
        public void solve(float[] tile, int height, int width, boolean[] keep) {
            for (int row = 0; row < height; row++) {
                int base = 16 * row;
                for (int bits = 1; bits < 1 << width; bits++) {
                    int column = Integer.numberOfTrailingZeros(bits);
                    sums[base + bits] =
                            sums[base + (bits & (bits - 1))] + tile[row * width + column];
                }
            }
            // Missing rows of a ragged tile have bits 0 in each of its masks, and sum 0.
            int best = best(TileMasks.of(n, height, width));
            for (int row = 0; row < height; row++) {
                for (int column = 0; column < width; column++) {
                    keep[row * width + column] = (best >> (TileMasks.M * row + column) & 1) != 0;
                }
            }
        }

        private int best(int[] masks) {
            int best = masks[0];
            double bestSum = -1;
            for (int mask : masks) {
                double sum =
                        (sums[mask & 15] + sums[16 + (mask >> 4 & 15)])
                                + (sums[32 + (mask >> 8 & 15)] + sums[48 + (mask >> 12)]);
                if (sum > bestSum) {
                    bestSum = sum;
                    best = mask;
                }
            }
            return best;
        }
    }
}
