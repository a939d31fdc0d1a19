package org.djlsparse.mask;

import java.util.Arrays;

/**
 * Completes a choice of entries that keeps at most N in each row and column of a tile. It adds
 * entries, heaviest first, while their row and column both have room. This alone leaves many full
 * tiles with too few entries. Exchanges follow, each the cheapest that gives one more entry to a
 * row and a column that lack one. Full tiles end with exactly N in each row and column. Not
 * thread-safe.
 *
 * <p>Cost per tile: a sort of its entries, and M^2 steps for each entry still missing.
 */
final class Completion {

    private final int n;
    private final int m;
    private final MagnitudeOrder order = new MagnitudeOrder();
    private int[] rowCounts = new int[0];
    private int[] columnCounts = new int[0];

    Completion(NmPattern pattern) {
        n = pattern.n();
        m = pattern.m();
    }

    /** Completes the choice. The arguments are those of {@link TileSolver.TileWorker#solve}. */
    void complete(float[] tile, int height, int width, boolean[] keep) {
        order.sort(tile, height, width);
        complete(tile, height, width, keep, order);
    }

    /** Completes the choice with the tile's entries already sorted. */
    void complete(float[] tile, int height, int width, boolean[] keep, MagnitudeOrder order) {
        int missing = Math.min(height, width) * n - count(height, width, keep);
        int size = height * width;
        for (int rank = 0; rank < size && missing > 0; rank++) {
            int row = order.row(rank);
            int column = order.column(rank);
            int entry = row * width + column;
            if (rowCounts[row] < n && columnCounts[column] < n && !keep[entry]) {
                keep[entry] = true;
                rowCounts[row]++;
                columnCounts[column]++;
                missing--;
            }
        }
        if (missing > 0 && height == m && width == m) {
            exchangeWhileMissing(tile, keep);
        }
    }

    /** Counts the entries kept in each row, in each column and in the tile. */
    private int count(int height, int width, boolean[] keep) {
        if (rowCounts.length < height) {
            rowCounts = new int[height];
        }
        if (columnCounts.length < width) {
            columnCounts = new int[width];
        }
        Arrays.fill(rowCounts, 0);
        Arrays.fill(columnCounts, 0);
        int all = 0;
        int entry = 0;
        for (int row = 0; row < height; row++) {
            for (int column = 0; column < width; column++) {
                int kept = keep[entry++] ? 1 : 0;
                rowCounts[row] += kept;
                columnCounts[column] += kept;
                all += kept;
            }
        }
        return all;
    }

    /**
     * Rows and columns of a full tile lack the same number in total. If a row and a column both
     * lack an entry, their common entry is kept already (it would have been added), so an exchange
     * exists: the column has fewer than N - 1 other entries, while each column without the row has
     * N, so that one of those N lies in a row that the column lacks.
     */
    private void exchangeWhileMissing(float[] tile, boolean[] keep) {
        int column = 0;
        for (int row = 0; row < m; row++) {
            while (rowCounts[row] < n) {
                while (columnCounts[column] >= n) {
                    column++;
                }
                exchange(tile, keep, row, column);
                rowCounts[row]++;
                columnCounts[column]++;
            }
        }
    }

    /** Drops an entry and keeps two others: of its row in the given column, and the reverse. */
    private void exchange(float[] tile, boolean[] keep, int row, int column) {
        double bestGain = Double.NEGATIVE_INFINITY;
        int bestRow = -1;
        int bestColumn = -1;
        for (int otherRow = 0; otherRow < m; otherRow++) {
            if (keep[otherRow * m + column]) {
                continue;
            }
            for (int otherColumn = 0; otherColumn < m; otherColumn++) {
                if (keep[row * m + otherColumn] || !keep[otherRow * m + otherColumn]) {
                    continue;
                }
                double gain =
                        (double) tile[row * m + otherColumn]
                                + tile[otherRow * m + column]
                                - tile[otherRow * m + otherColumn];
                if (gain > bestGain) {
                    bestGain = gain;
                    bestRow = otherRow;
                    bestColumn = otherColumn;
                }
            }
        }
        keep[bestRow * m + bestColumn] = false;
        keep[row * m + bestColumn] = true;
        keep[bestRow * m + column] = true;
    }
}
