package org.djlsparse.mask;

/**
 * Improves a choice by the best exchange between each two rows until none gains, then by a few
 * rounds of {@link ClosedWalks} for exchanges among more than two rows, which matter most if N is
 * small against M. Not thread-safe.
 */
final class Swaps {

    private static final int ROUNDS = 3;

    private final Exchanges exchanges;
    private final ClosedWalks walks;

    Swaps(NmPattern pattern) {
        exchanges = new Exchanges(pattern.m());
        walks = new ClosedWalks(pattern, exchanges);
    }

    /** Improves the choice. The arguments are those of {@link TileSolver.TileWorker#solve}. */
    void improve(float[] tile, int height, int width, boolean[] keep) {
        exchanges.start(tile, height, width, keep);
        exchanges.swapUntilNoneGains();
        walks.cancel(ROUNDS);
    }

    /** Improves the choice to the best possible one. */
    void improveToBest(float[] tile, int height, int width, boolean[] keep) {
        exchanges.start(tile, height, width, keep);
        exchanges.swapUntilNoneGains();
        walks.cancelAll();
    }
}
