package org.djlsparse.mask;

import java.util.Arrays;
import java.util.stream.IntStream;

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

    private static int[] find(int n, int height, int width) {
        return withRows(0, n, height, width)
                .filter(code -> isComplete(code, n, height, width))
                .boxed()
                .sorted((a, b) -> Integer.compareUnsigned(Integer.reverse(b), Integer.reverse(a)))
                .mapToInt(Integer::intValue)
                .toArray();
    }

    private static IntStream withRows(int row, int n, int height, int width) {
        if (row == height) {
            return IntStream.of(0);
        }
        return IntStream.range(0, 1 << width)
                .filter(bits -> Integer.bitCount(bits) <= n)
                .boxed()
                .flatMapToInt(
                        bits ->
                                withRows(row + 1, n, height, width)
                                        .map(code -> code | (bits << (M * row))));
    }

    private static boolean isComplete(int code, int n, int height, int width) {
        int[] rowCounts = new int[height];
        int[] columnCounts = new int[width];
        for (int row = 0; row < height; row++) {
            for (int column = 0; column < width; column++) {
                int kept = code >> (M * row + column) & 1;
                rowCounts[row] += kept;
                columnCounts[column] += kept;
            }
        }
        if (height == M && width == M) {
            return Arrays.stream(rowCounts).allMatch(count -> count == n)
                    && Arrays.stream(columnCounts).allMatch(count -> count == n);
        }
        if (Arrays.stream(columnCounts).anyMatch(count -> count > n)) {
            return false;
        }
        for (int row = 0; row < height; row++) {
            for (int column = 0; column < width; column++) {
                boolean kept = (code >> (M * row + column) & 1) != 0;
                if (!kept && rowCounts[row] < n && columnCounts[column] < n) {
                    return false;
                }
            }
        }
        return true;
    }
}
