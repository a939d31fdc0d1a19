package org.djlsparse.mask;

/**
 * Heavy-first greedy, completed to exactly N per row and column.
 *
 * <p>Takes the entries from the largest magnitude down and keeps each whose row and column both
 * have fewer than N; {@link Completion} then fills full tiles. (The paper's published code does the
 * first part; the paper itself prunes from the smallest up, see {@link LightFirstSolver}.)
 *
 * <p>Any N:M. Cost per tile: a sort of M^2 entries, and M^2 steps for each missing entry.
 */
final class GreedySolver extends TileSolver {

    GreedySolver(int threads) {
        super(threads);
    }

    @Override
    public String getName() {
        return "greedy";
    }

    @Override
    TileWorker newWorker(NmPattern pattern) {
        return new Completion(pattern)::complete; // of nothing
    }
}
