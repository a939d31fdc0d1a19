package org.djlsparse.internal.mask;

import org.djlsparse.mask.NmPattern;

import java.util.ArrayList;
import java.util.List;

/**
 * All masks worth trying for a tile of at most 4 x 4, each as 16 bits: bit {@code 4 * row + column}
 * is set for a kept entry.
 *
 * <p>Masks of a full tile have exactly N entries in each row and column. Masks of a ragged tile
 * have at most N, and no entry can be added.
 */
public final class TileMasks {

    /** The side of a full tile. */
    public static final int M = 4;

    /** The bits of the first row, and of the first column. */
    private static final int ROW = 0x000f;

    private static final int COLUMN = 0x1111;

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
     * Lists the masks of a full tile in the order of ties: the mask that keeps the lower index
     * comes first.
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
     * Lists the masks in the order of ties: the mask that keeps the lower index comes first.
     *
     * @return a shared array, which must not be changed
     */
    public static int[] of(int n, int height, int width) {
        return ALL[n][height][width];
    }

    private static int[] find(int n, int height, int width) {
        List<Integer> masks = new ArrayList<>();
        addMasks(masks, 0, 0, n, height, width);
        masks.sort((a, b) -> Integer.compareUnsigned(Integer.reverse(b), Integer.reverse(a)));
        return masks.stream().mapToInt(Integer::intValue).toArray();
    }

    /**
     * Adds the masks whose first rows are given. Plain loops, since this runs before the first
     * search.
     */
    private static void addMasks(
            List<Integer> masks, int code, int row, int n, int height, int width) {
        if (row == height) {
            if (isComplete(code, n, height, width)) {
                masks.add(code);
            }
            return;
        }
        boolean full = height == M && width == M;
        for (int bits = 0; bits < 1 << width; bits++) {
            int kept = Integer.bitCount(bits);
            int next = code | (bits << (M * row));
            if (kept <= n && (kept == n || !full) && largestColumn(next) <= n) {
                addMasks(masks, next, row + 1, n, height, width);
            }
        }
    }

    private static int largestColumn(int code) {
        int largest = 0;
        for (int column = 0; column < M; column++) {
            largest = Math.max(largest, Integer.bitCount(code & (COLUMN << column)));
        }
        return largest;
    }

    /** Returns whether no entry can be added without a row or column of more than N. */
    private static boolean isComplete(int code, int n, int height, int width) {
        for (int row = 0; row < height; row++) {
            for (int column = 0; column < width; column++) {
                boolean kept = (code >> (M * row + column) & 1) != 0;
                if (!kept
                        && Integer.bitCount(code & (ROW << (M * row))) < n
                        && Integer.bitCount(code & (COLUMN << column)) < n) {
                    return false;
                }
            }
        }
        return true;
    }
}
