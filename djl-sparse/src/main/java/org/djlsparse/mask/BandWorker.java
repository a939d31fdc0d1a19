package org.djlsparse.mask;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntConsumer;

/**
 * Solves bands, the tiles of M consecutive rows of one tap. Bands are the unit of parallel work,
 * since they share no word of the mask. Not thread-safe.
 */
class BandWorker implements IntConsumer {

    /** The search, which all its workers share. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Job(
            float[] weights,
            WeightShape shape,
            NmPattern pattern,
            long[] words,
            AtomicBoolean notFinite) {

        int bands() {
            return (shape.rows() - 1) / pattern.m() + 1;
        }
    }

    final Job job;
    private final int m;
    private final int bands;
    private final TileSolver.TileWorker worker;
    private final float[] tile;
    private final boolean[] keep;

    BandWorker(Job job, TileSolver.TileWorker worker) {
        this.job = job;
        this.worker = worker;
        m = job.pattern().m();
        bands = job.bands();
        int size = Math.min(m, job.shape().rows()) * Math.min(m, job.shape().columns());
        tile = new float[size];
        keep = new boolean[size];
    }

    @Override
    public final void accept(int band) {
        int firstRow = band % bands * m;
        solve(band / bands, firstRow, Math.min(m, job.shape().rows() - firstRow));
    }

    /** Solves one band. */
    void solve(int tap, int firstRow, int height) {
        solve(tap, firstRow, height, 0, job.shape().columns());
    }

    /** Solves the tiles of a band between two columns. The end column must end a tile. */
    final void solve(int tap, int firstRow, int height, int firstColumn, int endColumn) {
        for (int column = firstColumn; column < endColumn; column += m) {
            int width = Math.min(m, endColumn - column);
            if (!read(tap, firstRow, height, column, width)) {
                job.notFinite().set(true);
                return;
            }
            Arrays.fill(keep, false);
            worker.solve(tile, height, width, keep);
            write(tap, firstRow, height, column, width);
        }
    }

    /** Fills the tile with magnitudes, and returns whether all weights are finite. */
    private boolean read(int tap, int firstRow, int height, int firstColumn, int width) {
        float[] weights = job.weights();
        int taps = job.shape().taps();
        float check = 0;
        int entry = 0;
        for (int row = firstRow; row < firstRow + height; row++) {
            int index = job.shape().index(tap, row, firstColumn);
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
        long[] words = job.words();
        int entry = 0;
        for (int row = firstRow; row < firstRow + height; row++) {
            int word = firstWord(tap, row);
            for (int column = firstColumn; column < firstColumn + width; column++) {
                if (keep[entry++]) {
                    words[word + (column >> 6)] |= 1L << column;
                }
            }
        }
    }

    /** The index of the word at which a row begins. */
    final int firstWord(int tap, int row) {
        return (tap * job.shape().rows() + row) * Mask.rowWords(job.shape());
    }
}
