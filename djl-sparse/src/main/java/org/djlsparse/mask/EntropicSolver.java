package org.djlsparse.mask;

import java.util.Arrays;

/**
 * Entropic optimal transport, then rounding and swaps: near-exact (TSENOR).
 *
 * <p>The mask is relaxed to numbers from 0 to 1 with row and column sums of N, and a little entropy
 * is added to the kept score. The best such matrix is then found by scaling rows, scaling columns
 * and cutting at 1 in turn (Dykstra's projections), all in the logarithmic domain. The relaxed
 * optimum is close to a mask: its entries, largest first, are kept while their row and column have
 * room, then completed and improved by swaps as {@link SwapSolver} does.
 *
 * <p>Any N:M up to M = 64. Cost per tile: one exponential for each entry and round, at most {@value
 * #ROUNDS} rounds, then less than SwapSolver; far slower than {@link ExactSolver} on a CPU. It is
 * the algorithm of the solver for devices, for comparison.
 *
 * <p>A ragged tile, whose rows and columns may keep fewer than N, takes SwapSolver's steps alone.
 */
final class EntropicSolver extends ExchangeSolver {

    private static final int ROUNDS = 100;

    EntropicSolver(int threads) {
        super(threads);
    }

    @Override
    public String getName() {
        return "entropic";
    }

    @Override
    TileWorker newWorker(NmPattern pattern) {
        return new Worker(pattern);
    }

    private static final class Worker implements TileWorker {

        /**
         * The weight of the score against the entropy, relative to the tile's largest magnitude.
         */
        private static final double SHARPNESS = 50;

        /** The relative deviation from N at which a sum counts as reached. */
        private static final double TOLERANCE = 1e-3;

        private final int n;
        private final int m;
        private final Completion completion;
        private final Swaps swaps;

        // The relaxed mask and what cutting at 1 took from it, both as logarithms; scratch space.
        private final double[] mask;
        private final double[] taken;
        private final double[] scratch;
        private final double[] columnSums;
        private final float[] reduced;

        Worker(NmPattern pattern) {
            n = pattern.n();
            m = pattern.m();
            completion = new Completion(pattern);
            swaps = new Swaps(pattern);
            mask = new double[m * m];
            taken = new double[m * m];
            scratch = new double[m];
            columnSums = new double[m];
            reduced = new float[m * m];
        }

        @Override
        public void solve(float[] tile, int height, int width, boolean[] keep) {
            if (height == m && width == m) {
                relax(tile);
                completion.complete(reducedScores(), m, m, keep);
            } else {
                completion.complete(tile, height, width, keep);
            }
            swaps.improve(tile, height, width, keep);
        }

        private void relax(float[] tile) {
            float largest = Float.MIN_VALUE;
            for (int entry = 0; entry < m * m; entry++) {
                largest = Math.max(largest, tile[entry]);
            }
            for (int entry = 0; entry < m * m; entry++) {
                mask[entry] = SHARPNESS * ((double) tile[entry] / largest);
            }
            Arrays.fill(taken, 0);
            boolean met = false;
            for (int round = 0; round < ROUNDS && !met; round++) {
                boolean rowsMet = scaleRows();
                met = scaleColumns() && rowsMet;
                cut();
            }
        }

        /**
         * The relaxed mask before cutting at 1, which orders the entries there: the scaled scores
         * less a price for each row and column. None is below zero.
         */
        private float[] reducedScores() {
            double least = Double.POSITIVE_INFINITY;
            for (int entry = 0; entry < mask.length; entry++) {
                least = Math.min(least, mask[entry] + taken[entry]);
            }
            for (int entry = 0; entry < mask.length; entry++) {
                reduced[entry] = (float) (mask[entry] + taken[entry] - least);
            }
            return reduced;
        }

        /**
         * Scales rows to sum to N, and computes the new sums of columns. Returns whether all rows
         * summed to N before.
         */
        private boolean scaleRows() {
            boolean met = true;
            Arrays.fill(columnSums, 0);
            for (int row = 0; row < m; row++) {
                int first = row * m;
                double largest = Double.NEGATIVE_INFINITY;
                for (int column = 0; column < m; column++) {
                    largest = Math.max(largest, mask[first + column]);
                }
                double sum = 0;
                for (int column = 0; column < m; column++) {
                    scratch[column] = Math.exp(mask[first + column] - largest);
                    sum += scratch[column];
                }
                double scale = n / sum;
                double logScale = Math.log(scale) - largest;
                met &= Math.abs(logScale) < TOLERANCE;
                for (int column = 0; column < m; column++) {
                    mask[first + column] += logScale;
                    columnSums[column] += scratch[column] * scale;
                }
            }
            return met;
        }

        /** Scales columns to sum to N, and returns whether all did before. */
        private boolean scaleColumns() {
            boolean met = true;
            for (int column = 0; column < m; column++) {
                scratch[column] = Math.log(n / Math.max(columnSums[column], Double.MIN_NORMAL));
                met &= Math.abs(scratch[column]) < TOLERANCE;
            }
            for (int row = 0; row < m; row++) {
                for (int column = 0; column < m; column++) {
                    mask[row * m + column] += scratch[column];
                }
            }
            return met;
        }

        /** Cuts at 1 by Dykstra's rule: the part cut off before is added back first. */
        private void cut() {
            for (int entry = 0; entry < m * m; entry++) {
                double whole = mask[entry] + taken[entry];
                mask[entry] = Math.min(whole, 0);
                taken[entry] = whole - mask[entry];
            }
        }
    }
}
