package org.djlsparse.mask;

import java.util.Arrays;

/**
 * All masks worth trying for a tile of at most 4 x 4, each as 16 bits: bit {@code 4 * row + column}
 * for an entry kept.
 *
 * <p>For a full tile these have exactly N entries in each row and column. For a ragged tile they
 * have at most N, and no entry can be added.
 */
public final class TileMasks {

    /** The side of a full tile. */
    public static final int M = 4;

    private static final int[][][][] ALL = new int[M + 1][M + 1][M + 1][];

    static {
        for (int n = 1; n <= M; n++) {
            for (int height = 1; height <= M; height++) {
                for (int width = 1; width <= M; width++) {
                    ALL[n][height][width] = find(n, height, width);
                }
            }
        }
    }

    private TileMasks() {}

    /**
     * Lists the masks of a full tile in the order in which ties are broken: first the one that
     * keeps the lower index.
     *
     * @param pattern a pattern with M = 4
     * @return the masks, 24 of them for 1:4 and 3:4, 90 for 2:4, 1 for 4:4
     * @throws IllegalArgumentException if M is not 4
     */
    public static int[] of(NmPattern pattern) {
        if (pattern.m() != M) {
            throw new IllegalArgumentException(
                    "pattern " + pattern + ": masks are listed for M = " + M + " only");
        }
        return of(pattern.n(), M, M).clone();
    }

    /**
     * Lists the masks in the order in which ties are broken: first the one that keeps the lower
     * index.
     *
     * @return a shared array: not to be changed
     */
    static int[] of(int n, int height, int width) {
        return ALL[n][height][width];
    }

    // Loops over whole numbers: streams would take a second here, before they are compiled.
    private static int[] find(int n, int height, int width) {
        int[] found = new int[1 << (height * width)];
        int count = addRows(found, 0, 0, 0, new int[width], n, height, width);
        int[] masks = Arrays.copyOf(found, count);
        // The lower index first: by the bits from the lowest on, as the digits of a number.
        for (int i = 0; i < count; i++) {
            masks[i] = ~Integer.reverse(masks[i]) ^ Integer.MIN_VALUE;
        }
        Arrays.sort(masks);
        for (int i = 0; i < count; i++) {
            masks[i] = Integer.reverse(~(masks[i] ^ Integer.MIN_VALUE));
        }
        return masks;
    }

    /** Adds all masks that begin with some rows; returns how many there are then. */
    private static int addRows(
            int[] found,
            int count,
            int code,
            int row,
            int[] columnCounts,
            int n,
            int height,
            int width) {
        if (row == height) {
            if (isComplete(code, columnCounts, n, height, width)) {
                found[count] = code;
                return count + 1;
            }
            return count;
        }
        boolean full = height == M && width == M;
        int all = count;
        for (int bits = 0; bits < 1 << width; bits++) {
            int kept = Integer.bitCount(bits);
            if (kept > n || (full && kept < n)) {
                continue;
            }
            if (addTo(columnCounts, bits, 1) <= n) {
                int next = code | (bits << (M * row));
                all = addRows(found, all, next, row + 1, columnCounts, n, height, width);
            }
            addTo(columnCounts, bits, -1);
        }
        return all;
    }

    /** Counts a row's entries to their columns, or takes them back; returns the largest count. */
    private static int addTo(int[] columnCounts, int bits, int by) {
        int largest = 0;
        for (int column = 0; column < columnCounts.length; column++) {
            columnCounts[column] += by * (bits >> column & 1);
            largest = Math.max(largest, columnCounts[column]);
        }
        return largest;
    }

    /** Whether no entry can be added. A full tile's rows, and so its columns, have N entries. */
    private static boolean isComplete(int code, int[] columnCounts, int n, int height, int width) {
        for (int row = 0; row < height; row++) {
            int bits = code >> (M * row) & 15;
            if (Integer.bitCount(bits) == n) {
                continue;
            }
            for (int column = 0; column < width; column++) {
                if ((bits >> column & 1) == 0 && columnCounts[column] < n) {
                    return false;
                }
            }
        }
        return true;
    }
}
