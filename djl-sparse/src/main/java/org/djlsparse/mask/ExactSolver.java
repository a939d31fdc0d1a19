package org.djlsparse.mask;

/**
 * Exact for any N:M up to M = 64, ragged edges included: the greedy choice, improved by swaps and
 * then along closed walks until none gains.
 *
 * <p>The problem is the paper's minimum-cost flow (Hubara et al. 2021, section 3). Greedy with
 * swaps comes within a few closed walks of the best choice. So this takes a fraction of the time of
 * a flow solver that starts from scratch.
 *
 * <p>Cost per tile: that of {@link SwapSolver}, and 2 * M^2 steps for each round of labels, some 5
 * rounds at M = 8, 15 at M = 32. Memory: 4 longs for each entry of a tile and each thread.
 */
final class ExactSolver extends ExchangeSolver {

    ExactSolver(int threads) {
        super(threads);
    }

    @Override
    public String getName() {
        return "exact";
    }

    @Override
    TileWorker newWorker(NmPattern pattern) {
        Completion greedy = new Completion(pattern);
        Swaps swaps = new Swaps(pattern);
        return (tile, height, width, keep) -> {
            greedy.complete(tile, height, width, keep);
            swaps.improveToBest(tile, height, width, keep);
        };
    }
}
