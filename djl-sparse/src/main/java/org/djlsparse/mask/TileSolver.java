package org.djlsparse.mask;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A solver that treats each M x M tile separately. This class distributes the tiles over threads, a
 * subclass solves one tile.
 */
abstract class TileSolver implements MaskSolver {

    /** Below this size, threads cost more than they gain. */
    private static final int SMALL = 1 << 14;

    private final int threads;

    TileSolver(int threads) {
        this.threads = Threads.check(threads);
    }

    /** Solves tiles of one pattern with its own scratch space. Not thread-safe. */
    interface TileWorker {

        /**
         * Chooses the entries of one tile.
         *
         * @param tile the {@code height * width} magnitudes, row by row, finite and not negative
         * @param height the number of rows: M, or fewer at a ragged edge
         * @param width the number of columns: M, or fewer at a ragged edge
         * @param keep takes {@code true} for kept entries; all {@code false} before
         */
        void solve(float[] tile, int height, int width, boolean[] keep);
    }

    abstract TileWorker newWorker(NmPattern pattern);

    /** Creates the worker for bands. Subclasses may have a faster one than tile by tile. */
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
        // Recorded here and thrown below: the pool would wrap an exception of another thread.
        AtomicBoolean notFinite = new AtomicBoolean();
        BandWorker.Job job =
                new BandWorker.Job(weights, shape, pattern, Mask.newWords(shape), notFinite);
        Threads.forEach(
                job.bands() * shape.taps(),
                weights.length < SMALL ? 1 : threads,
                () -> newBandWorker(job));
        if (notFinite.get()) {
            // Names the first such weight, whichever thread found one.
            shape.checkFinite(weights);
        }
        return new Mask(shape, pattern, job.words());
    }
}
