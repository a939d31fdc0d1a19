package org.djlsparse.mask;

/**
 * Improves a choice by the best exchange between each two rows until none gains, then by a few
 * rounds of {@link ClosedWalks}, for exchanges among more than two rows, which matter most where N
 * is small against M. For one thread.
 */
final class Swaps {

    private static final int ROUNDS = 3;

    private final Exchanges exchanges;
    private final ClosedWalks walks;

    Swaps(NmPattern pattern) {
        exchanges = new Exchanges(pattern.m());
        walks = new ClosedWalks(pattern, exchanges);
    }

    /** Improves the choice; arguments as for {@link TileSolver.TileWorker#solve}. */
    void improve(float[] tile, int height, int width, boolean[] keep) {
        exchanges.start(tile, height, width, keep);
        exchanges.swapUntilNoneGains();
        walks.cancel(ROUNDS);
    }

    /** Improves the choice to the best. */
    void improveToBest(float[] tile, int height, int width, boolean[] keep) {
        exchanges.start(tile, height, width, keep);
        exchanges.swapUntilNoneGains();
        walks.cancelAll();
    }
}
