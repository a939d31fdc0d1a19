package org.djlsparse.mask;

import java.util.Arrays;

/**
 * The entries of a tile from the largest magnitude down; equal ones in the order of their index.
 * For one thread.
 *
 * <p>Cost: a few steps an entry where magnitudes spread evenly over their range, as most weights
 * do: they are dealt into as many bins first. Else {@link Arrays#sort(long[])}.
 */
final class MagnitudeOrder {

    private static final int BINS = 256;

    /** With more entries than this in one bin, sorting in place costs more than a real sort. */
    private static final int CROWDED = 24;

    private static final int COLUMN_BITS = 16;

    private final int[] ends = new int[BINS + 1];
    private long[] keys = new long[0];
    private int[] bins = new int[0];

    /** Sorts the entries of a tile. */
    void sort(float[] tile, int height, int width) {
        int size = height * width;
        if (keys.length < size) {
            keys = new long[size];
            bins = new int[size];
        }
        int most = findBins(tile, size);
        int entry = 0;
        for (int row = 0; row < height; row++) {
            for (int column = 0; column < width; column++) {
                // Non-negative floats order as their bits do; the index breaks ties.
                keys[ends[bins[entry]]++] =
                        (long) ~Float.floatToRawIntBits(tile[entry]) << 32
                                | row << COLUMN_BITS
                                | column;
                entry++;
            }
        }
        if (most > CROWDED) {
            Arrays.sort(keys, 0, size);
        } else {
            insertionSort(size);
        }
    }

    /**
     * Finds each entry's bin, from the largest magnitudes, bin 0, down, and where each bin begins;
     * returns how many entries the fullest has.
     */
    private int findBins(float[] tile, int size) {
        float largest = Float.MIN_VALUE;
        for (int entry = 0; entry < size; entry++) {
            largest = tile[entry] > largest ? tile[entry] : largest;
        }
        double scale = BINS / (double) largest;
        Arrays.fill(ends, 0);
        for (int entry = 0; entry < size; entry++) {
            bins[entry] = BINS - (int) (tile[entry] * scale);
            ends[bins[entry]]++;
        }
        int most = 0;
        int end = 0;
        for (int bin = 0; bin <= BINS; bin++) {
            int count = ends[bin];
            most = Math.max(most, count);
            ends[bin] = end;
            end += count;
        }
        return most;
    }

    private void insertionSort(int size) {
        for (int i = 1; i < size; i++) {
            long key = keys[i];
            int j = i - 1;
            while (j >= 0 && keys[j] > key) {
                keys[j + 1] = keys[j];
                j--;
            }
            keys[j + 1] = key;
        }
    }

    /** The row of the entry of a rank, 0 for the heaviest. */
    int row(int rank) {
        return (int) keys[rank] >>> COLUMN_BITS;
    }

    int column(int rank) {
        return (int) keys[rank] & ((1 << COLUMN_BITS) - 1);
    }
}
