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

    private final int[] ends = new int[BINS + 1];
    private long[] keys = new long[0];

    /** Sorts the first entries of a tile. */
    void sort(float[] tile, int size) {
        if (keys.length < size) {
            keys = new long[size];
        }
        float largest = Float.MIN_VALUE;
        for (int entry = 0; entry < size; entry++) {
            largest = Math.max(largest, tile[entry]);
        }
        double scale = BINS / (double) largest;
        Arrays.fill(ends, 0);
        for (int entry = 0; entry < size; entry++) {
            ends[bin(tile[entry], scale)]++;
        }
        int most = 0;
        int end = 0;
        for (int bin = 0; bin <= BINS; bin++) {
            most = Math.max(most, ends[bin]);
            int start = end;
            end += ends[bin];
            ends[bin] = start;
        }
        for (int entry = 0; entry < size; entry++) {
            // Non-negative floats order as their bits do; the index breaks ties.
            keys[ends[bin(tile[entry], scale)]++] =
                    (long) ~Float.floatToRawIntBits(tile[entry]) << 32 | entry;
        }
        if (most > CROWDED) {
            Arrays.sort(keys, 0, size);
        } else {
            insertionSort(size);
        }
    }

    /** From the largest magnitudes, bin 0, down. */
    private static int bin(float magnitude, double scale) {
        return BINS - (int) (magnitude * scale);
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

    /** The entry of a rank, 0 for the heaviest. */
    int get(int rank) {
        return (int) keys[rank];
    }
}
