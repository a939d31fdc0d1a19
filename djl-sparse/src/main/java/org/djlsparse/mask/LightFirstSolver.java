package org.djlsparse.mask;

import java.util.Arrays;

/**
 * The paper's 2-approximation (Hubara et al. 2021, section 3, algorithm 1), completed to exactly N
 * per row and column.
 *
 * <p>Takes the entries from the smallest magnitude up and prunes each whose row or column still
 * lacks zeros. The pruned magnitude is at most twice that of the best mask. But many rows and
 * columns lose more than M - N entries, so {@link Completion} takes back the heaviest of them. The
 * result is usually far below the bound, and the same as that of {@link GreedySolver}: an entry
 * that light-first keeps is among the N heaviest of its row and of its column, so that heavy-first
 * finds room for it too. If few entries fit the last places, completion can cost more than the
 * bound allows. Such a tile, which prunes more than the published algorithm did, is improved along
 * {@link ClosedWalks}. So the bound holds for every tile.
 *
 * <p>Any N:M up to M = 64. Cost per tile: a sort of M^2 entries, and M^2 steps for each entry that
 * is still missing.
 */
final class LightFirstSolver extends ExchangeSolver {

    LightFirstSolver(int threads) {
        super(threads);
    }

    @Override
    public String getName() {
        return "light-first";
    }

    @Override
    TileWorker newWorker(NmPattern pattern) {
        return new Worker(pattern);
    }

    private static final class Worker implements TileWorker {

        private final int n;
        private final Completion completion;
        private final Swaps swaps;
        private final MagnitudeOrder order = new MagnitudeOrder();
        private final int[] rowLacks;
        private final int[] columnLacks;

        Worker(NmPattern pattern) {
            n = pattern.n();
            completion = new Completion(pattern);
            swaps = new Swaps(pattern);
            rowLacks = new int[pattern.m()];
            columnLacks = new int[pattern.m()];
        }

        @Override
        public void solve(float[] tile, int height, int width, boolean[] keep) {
            order.sort(tile, height, width);
            prune(height, width, keep);
            double allowed = pruned(tile, height * width, keep);
            completion.complete(tile, height, width, keep, order);
            if (pruned(tile, height * width, keep) > allowed) {
                swaps.improveToBest(tile, height, width, keep);
            }
        }

        /** The published algorithm. */
        private void prune(int height, int width, boolean[] keep) {
            Arrays.fill(keep, 0, height * width, true);
            Arrays.fill(rowLacks, Math.max(0, width - n));
            Arrays.fill(columnLacks, Math.max(0, height - n));
            for (int rank = height * width - 1; rank >= 0; rank--) {
                int row = order.row(rank);
                int column = order.column(rank);
                if (rowLacks[row] > 0 || columnLacks[column] > 0) {
                    keep[row * width + column] = false;
                    rowLacks[row]--;
                    columnLacks[column]--;
                }
            }
        }

        private static double pruned(float[] tile, int size, boolean[] keep) {
            double sum = 0;
            for (int entry = 0; entry < size; entry++) {
                sum += keep[entry] ? 0 : tile[entry];
            }
            return sum;
        }
    }
}
