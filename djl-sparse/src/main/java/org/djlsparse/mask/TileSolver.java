package org.djlsparse.mask;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntConsumer;

/**
 * A solver that treats each M x M tile on its own: this class walks the tiles, checks the weights
 * and packs the result; a subclass solves one tile.
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

    @Override
    public final Mask solve(float[] weights, WeightShape shape, NmPattern pattern) {
        shape.checkLength(weights.length);
        if (!supports(pattern)) {
            throw new IllegalArgumentException(
                    "pattern " + pattern + ": not supported by the solver \"" + getName() + "\"");
        }
        long[] words = Mask.newWords(shape);
        // Noted here and thrown below: the pool would wrap what another thread throws.
        AtomicBoolean notFinite = new AtomicBoolean();
        Threads.forEach(
                bands(shape, pattern) * shape.taps(),
                weights.length < SMALL ? 1 : threads,
                () ->
                        new BandWorker(
                                weights, shape, pattern, newWorker(pattern), words, notFinite));
        if (notFinite.get()) {
            throw notFinite(weights, shape);
        }
        return new Mask(shape, pattern, words);
    }

    private static int bands(WeightShape shape, NmPattern pattern) {
        return (shape.rows() - 1) / pattern.m() + 1;
    }

    /** Names the first such weight, whichever thread met one first. */
    private static IllegalArgumentException notFinite(float[] weights, WeightShape shape) {
        int index = 0;
        while (Float.isFinite(weights[index])) {
            index++;
        }
        int tap = index % shape.taps();
        int column = index / shape.taps() % shape.columns();
        int row = index / shape.taps() / shape.columns();
        return new IllegalArgumentException(
                "weight at row "
                        + row
                        + ", column "
                        + column
                        + (shape.taps() > 1 ? ", tap " + tap : "")
                        + " is "
                        + weights[index]
                        + ": must be finite");
    }

    /**
     * Solves bands, the tiles of M consecutive rows of one tap: the unit of parallel work, since
     * bands share no word of the mask.
     */
    private static final class BandWorker implements IntConsumer {

        private final float[] weights;
        private final WeightShape shape;
        private final int m;
        private final int bands;
        private final TileWorker worker;
        private final long[] words;
        private final AtomicBoolean notFinite;
        private final float[] tile;
        private final boolean[] keep;

        BandWorker(
                float[] weights,
                WeightShape shape,
                NmPattern pattern,
                TileWorker worker,
                long[] words,
                AtomicBoolean notFinite) {
            this.weights = weights;
            this.shape = shape;
            this.m = pattern.m();
            this.bands = bands(shape, pattern);
            this.worker = worker;
            this.words = words;
            this.notFinite = notFinite;
            int size = Math.min(m, shape.rows()) * Math.min(m, shape.columns());
            tile = new float[size];
            keep = new boolean[size];
        }

        @Override
        public void accept(int band) {
            int tap = band / bands;
            int firstRow = band % bands * m;
            int height = Math.min(m, shape.rows() - firstRow);
            for (int firstColumn = 0; firstColumn < shape.columns(); firstColumn += m) {
                int width = Math.min(m, shape.columns() - firstColumn);
                if (!read(tap, firstRow, height, firstColumn, width)) {
                    notFinite.set(true);
                    return;
                }
                Arrays.fill(keep, false);
                worker.solve(tile, height, width, keep);
                write(tap, firstRow, height, firstColumn, width);
            }
        }

        /** Fills the tile with magnitudes; returns false if a weight is not finite. */
        private boolean read(int tap, int firstRow, int height, int firstColumn, int width) {
            int taps = shape.taps();
            float check = 0;
            int entry = 0;
            for (int row = firstRow; row < firstRow + height; row++) {
                int index = shape.index(tap, row, firstColumn);
                for (int column = 0; column < width; column++) {
                    float weight = weights[index];
                    index += taps;
                    check += 0 * weight; // NaN once a weight is not finite
                    tile[entry++] = Math.abs(weight);
                }
            }
            return !Float.isNaN(check);
        }

        private void write(int tap, int firstRow, int height, int firstColumn, int width) {
            int rowWords = Mask.rowWords(shape);
            int firstWord = (tap * shape.rows() + firstRow) * rowWords;
            int entry = 0;
            for (int row = 0; row < height; row++) {
                int word = firstWord + row * rowWords;
                for (int column = firstColumn; column < firstColumn + width; column++) {
                    if (keep[entry++]) {
                        words[word + (column >> 6)] |= 1L << column;
                    }
                }
            }
        }
    }
}
