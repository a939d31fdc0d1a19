package org.djlsparse.mask;

import java.util.Arrays;

/**
 * The entries of a tile from the largest magnitude down, equal ones in the order of their index.
 * Not thread-safe.
 *
 * <p>Cost: a few steps for each entry if the magnitudes spread evenly over their range, as those of
 * most weights do: they are first distributed over as many bins. Otherwise that of {@link
 * Arrays#sort(long[])}.
 */
final class MagnitudeOrder {

    private static final int BINS = 256;

    /** With more entries than this in a bin, insertion costs more than a real sort. */
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
                // The bits of non-negative floats have the floats' order. The index breaks ties.
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
     * Finds each entry's bin, of which bin 0 has the largest magnitudes, and the begin of each bin.
     * Returns the number of entries of the fullest bin.
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

    /** The row of the entry of a rank; rank 0 is the heaviest. */
    int row(int rank) {
        return (int) keys[rank] >>> COLUMN_BITS;
    }

    int column(int rank) {
        return (int) keys[rank] & ((1 << COLUMN_BITS) - 1);
    }
}
