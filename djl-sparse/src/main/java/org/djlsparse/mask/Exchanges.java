package org.djlsparse.mask;

import java.util.Arrays;

/**
 * A choice of entries of a tile, improved by exchanges that preserve the number kept in each row
 * and column. M is at most {@value #LARGEST_M}. Not thread-safe.
 *
 * <p>Scores are magnitudes as whole numbers, {@value #SCORE_BITS} bits relative to the tile's
 * largest, so that rounding cannot make an exchange and its reverse both seem to gain. Floats down
 * to 2^-26 of the largest are exact.
 */
final class Exchanges {

    /** A row of a tile is the bits of a long elsewhere, and a sum of this many scores fits one. */
    static final int LARGEST_M = 64;

    private static final int SCORE_BITS = 50;

    /** Above any sum of scores that is compared. */
    static final long BARRED = 1L << 61;

    private final int m;

    /** The gain of keeping an entry that is pruned; minus BARRED for kept entries. */
    final long[] gain;

    /** The cost of giving up an entry that is kept; BARRED for pruned entries. */
    final long[] cost;

    private final long[] score;
    private final int[] changedAt;
    private final int[] seenAt;
    private boolean[] keep = new boolean[0];
    private int height;
    private int width;

    Exchanges(int m) {
        this.m = m;
        gain = new long[m * m];
        cost = new long[m * m];
        score = new long[m * m];
        changedAt = new int[m];
        seenAt = new int[m * m];
    }

    /**
     * Starts with a tile and a choice.
     *
     * @param keep the choice, which later calls change
     */
    void start(float[] tile, int height, int width, boolean[] keep) {
        this.height = height;
        this.width = width;
        this.keep = keep;
        int size = height * width;
        float largest = 0;
        for (int entry = 0; entry < size; entry++) {
            largest = Math.max(largest, tile[entry]);
        }
        int exponent = Math.max(Math.getExponent(largest), Float.MIN_EXPONENT);
        double scale = Math.scalb(1.0, SCORE_BITS - 1 - exponent);
        for (int entry = 0; entry < size; entry++) {
            score[entry] = (long) (tile[entry] * scale);
            set(entry, keep[entry]);
        }
    }

    private void set(int entry, boolean kept) {
        keep[entry] = kept;
        gain[entry] = kept ? -BARRED : score[entry];
        cost[entry] = kept ? score[entry] : BARRED;
    }

    void flip(int entry) {
        set(entry, !keep[entry]);
    }

    boolean isKept(int entry) {
        return keep[entry];
    }

    int height() {
        return height;
    }

    int width() {
        return width;
    }

    /**
     * Makes the best exchange between each two rows, in which each gives the other a column, until
     * none gains. Cost: 2 * M steps for each pair of rows of which one has changed since the last
     * comparison.
     */
    void swapUntilNoneGains() {
        int clock = 1;
        Arrays.fill(changedAt, clock);
        Arrays.fill(seenAt, 0);
        boolean swapped;
        do {
            swapped = false;
            for (int row = 0; row < height; row++) {
                for (int other = row + 1; other < height; other++) {
                    int pair = row * m + other;
                    if (Math.max(changedAt[row], changedAt[other]) > seenAt[pair]) {
                        seenAt[pair] = clock;
                        if (swap(row, other)) {
                            clock++;
                            changedAt[row] = clock;
                            changedAt[other] = clock;
                            swapped = true;
                        }
                    }
                }
            }
        } while (swapped);
    }

    private boolean swap(int row, int other) {
        int a = row * width;
        int b = other * width;
        long toOther = -2 * BARRED;
        long toRow = -2 * BARRED;
        for (int column = 0; column < width; column++) {
            toOther = max(toOther, gain[b + column] - cost[a + column]);
            toRow = max(toRow, gain[a + column] - cost[b + column]);
        }
        if (toOther + toRow <= 0) {
            return false;
        }
        int left = columnOf(toOther, b, a);
        int right = columnOf(toRow, a, b);
        flip(a + left);
        flip(b + left);
        flip(a + right);
        flip(b + right);
        return true;
    }

    private int columnOf(long change, int gains, int gives) {
        int column = 0;
        while (gain[gains + column] - cost[gives + column] != change) {
            column++;
        }
        return column;
    }

    /** Returns the larger of two numbers whose difference is a long, without a branch. */
    static long max(long a, long b) {
        long difference = a - b;
        return a - (difference & difference >> 63);
    }
}
