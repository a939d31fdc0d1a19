package org.djlsparse.mask;

/**
 * Greedy, then swaps: near-exact.
 *
 * <p>Starts from {@link GreedySolver}'s choice and makes the best exchange between each two rows
 * until none gains, which is the improvement step of the paper's published code ({@code
 * update_mask}) repeated to its end. A few rounds of {@link ClosedWalks} follow: see {@link Swaps}.
 * Loses less than 0.1% of what the best mask keeps of normally distributed weights at 4:8, 8:16,
 * 16:32, 2:8 and 4:16. It has no bound in general.
 *
 * <p>Any N:M up to M = 64. Cost per tile: the greedy choice, then M^3 steps for the first
 * comparison of all pairs of rows, and fewer for each later one.
 */
final class SwapSolver extends ExchangeSolver {

    SwapSolver(int threads) {
        super(threads);
    }

    @Override
    public String getName() {
        return "swap";
    }

    @Override
    TileWorker newWorker(NmPattern pattern) {
        Completion greedy = new Completion(pattern);
        Swaps swaps = new Swaps(pattern);
        return (tile, height, width, keep) -> {
            greedy.complete(tile, height, width, keep);
            swaps.improve(tile, height, width, keep);
        };
    }
}
