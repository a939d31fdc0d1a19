package org.djlsparse.mask;

import java.util.Arrays;

/**
 * The largest and the second largest of the sums offered to each lane. The low bits of a sum hold
 * the number of its candidate, so that the maximum also tells the candidate.
 */
final class BestTwo {

    private final int[] best;
    private final int[] second;

    BestTwo(int lanes) {
        best = new int[lanes];
        second = new int[lanes];
    }

    void clear(int count) {
        Arrays.fill(best, 0, count, 0);
        Arrays.fill(second, 0, count, 0);
    }

    /** Offers {@code a + b}, neither below zero, under a number less than {@code 2^bits}. */
    void offer(int[] a, int[] b, int bits, int number, int count) {
        offer(best, second, a, b, bits, number, count);
    }

    // Static, with the arrays as arguments: the form that is sure to be vectorized.
    private static void offer(
            int[] best, int[] second, int[] a, int[] b, int bits, int number, int count) {
        for (int i = 0; i < count; i++) {
            int offered = ((a[i] + b[i]) << bits) + number;
            int before = best[i];
            second[i] = Lanes.max(second[i], Lanes.min(before, offered));
            best[i] = Lanes.max(before, offered);
        }
    }

    /** Copies the largest sums, without their numbers. */
    void copySums(int[] to, int bits, int count) {
        for (int i = 0; i < count; i++) {
            to[i] = best[i] >> bits;
        }
    }

    /** The number of the largest sum. */
    int number(int lane, int bits) {
        return best[lane] & ((1 << bits) - 1);
    }

    /** The lead of the largest sum over the second largest. */
    int lead(int lane, int bits) {
        return (best[lane] >> bits) - (second[lane] >> bits);
    }
}
