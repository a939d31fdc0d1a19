package org.djlsparse.mask;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A solver that treats each M x M tile on its own: this class spreads the tiles over threads; a
 * subclass solves one tile.
 */
abstract class TileSolver implements MaskSolver {

    /** Below this size starting threads costs more than it gains. */
    private static final int SMALL = 1 << 14;

    private final int threads;

    TileSolver(int threads) {
        this.threads = Threads.check(threads);
    }

    /** Solves tiles of one pattern, with its own scratch space: for one thread. */
    interface TileWorker {

        /**
         * Chooses the entries of one tile.
         *
         * @param tile the magnitudes, row by row: {@code height * width} of them, finite, none
         *     below zero
         * @param height the number of rows, M but at a ragged edge
         * @param width the number of columns, M but at a ragged edge
         * @param keep where to set true for the entries kept; all false before
         */
        void solve(float[] tile, int height, int width, boolean[] keep);
    }

    abstract TileWorker newWorker(NmPattern pattern);

    /** Makes what solves a whole band; a faster way than tile by tile may take its place. */
    BandWorker newBandWorker(BandWorker.Job job) {
        return new BandWorker(job, newWorker(job.pattern()));
    }

    @Override
    public final Mask solve(float[] weights, WeightShape shape, NmPattern pattern) {
        shape.checkLength(weights.length);
        if (!supports(pattern)) {
            throw new IllegalArgumentException(
                    "pattern " + pattern + ": not supported by the solver \"" + getName() + "\"");
        }
        // Noted here and thrown below: the pool would wrap what another thread throws.
        AtomicBoolean notFinite = new AtomicBoolean();
        BandWorker.Job job =
                new BandWorker.Job(weights, shape, pattern, Mask.newWords(shape), notFinite);
        Threads.forEach(
                job.bands() * shape.taps(),
                weights.length < SMALL ? 1 : threads,
                () -> newBandWorker(job));
        if (notFinite.get()) {
            // Names the first such weight, whichever thread met one first.
            shape.checkFinite(weights);
        }
        return new Mask(shape, pattern, job.words());
    }
}
