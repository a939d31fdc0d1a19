package org.djlsparse.mask;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A solver that treats each M x M tile on its own: this class walks the tiles, checks the weights
 * and packs the result; a subclass solves one tile.
 *
 * <p>The unit of parallel work is a band, the tiles of M consecutive rows: bands share no word of
 * the mask.
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
        int m = pattern.m();
        int bands = (shape.rows() - 1) / m + 1;
        Threads.forEach(
                bands * shape.taps(),
                weights.length < SMALL ? 1 : threads,
                () -> {
                    TileWorker worker = newWorker(pattern);
                    int side = Math.min(m, Math.max(shape.rows(), shape.columns()));
                    float[] tile = new float[side * side];
                    boolean[] keep = new boolean[side * side];
                    return i -> {
                        int tap = i / bands;
                        int firstRow = i % bands * m;
                        if (!solveBand(
                                weights, shape, m, tap, firstRow, worker, tile, keep, words)) {
                            notFinite.set(true);
                        }
                    };
                });
        if (notFinite.get()) {
            throw notFinite(weights, shape);
        }
        return new Mask(shape, pattern, words);
    }

    /** Returns false if a weight is not finite. */
    private static boolean solveBand(
            float[] weights,
            WeightShape shape,
            int m,
            int tap,
            int firstRow,
            TileWorker worker,
            float[] tile,
            boolean[] keep,
            long[] words) {
        int height = Math.min(m, shape.rows() - firstRow);
        int rowWords = Mask.rowWords(shape);
        int firstWord = (tap * shape.rows() + firstRow) * rowWords;
        int taps = shape.taps();
        for (int firstColumn = 0; firstColumn < shape.columns(); firstColumn += m) {
            int width = Math.min(m, shape.columns() - firstColumn);
            float check = 0;
            int entry = 0;
            for (int row = 0; row < height; row++) {
                int index = shape.index(tap, firstRow + row, firstColumn);
                for (int column = 0; column < width; column++) {
                    float weight = weights[index];
                    index += taps;
                    check += 0 * weight; // NaN once a weight is not finite
                    tile[entry++] = Math.abs(weight);
                }
            }
            if (Float.isNaN(check)) {
                return false;
            }
            Arrays.fill(keep, 0, entry, false);
            worker.solve(tile, height, width, keep);
            entry = 0;
            for (int row = 0; row < height; row++) {
                int word = firstWord + row * rowWords;
                for (int column = firstColumn; column < firstColumn + width; column++) {
                    if (keep[entry++]) {
                        words[word + (column >> 6)] |= 1L << column;
                    }
                }
            }
        }
        return true;
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
}
