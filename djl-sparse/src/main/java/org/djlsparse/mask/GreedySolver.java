package org.djlsparse.mask;

import java.util.Arrays;

/**
 * Heavy-first greedy, completed to exactly N per row and column.
 *
 * <p>Takes the entries from the largest magnitude down and keeps each whose row and column both
 * have fewer than N. (The paper's published code does this; the paper itself prunes from the
 * smallest up.) That alone leaves many tiles with too few: a full tile is then completed by
 * exchanges, each of which gives one more entry to a row and a column that lack one, by the
 * exchange that costs least.
 *
 * <p>Any N:M. Cost per tile: a sort of M^2 entries, and M^2 steps for each missing entry.
 */
final class GreedySolver extends TileSolver {

    GreedySolver(int threads) {
        super(threads);
    }

    @Override
    public String getName() {
        return "greedy";
    }

    @Override
    TileWorker newWorker(NmPattern pattern) {
        return new Worker(pattern);
    }

    private static final class Worker implements TileWorker {

        private final int n;
        private final int m;
        private long[] order = new long[0];
        private int[] rowCounts = new int[0];
        private int[] columnCounts = new int[0];

        Worker(NmPattern pattern) {
            n = pattern.n();
            m = pattern.m();
        }

        @Override
        public void solve(float[] tile, int height, int width, boolean[] keep) {
            int size = height * width;
            if (order.length < size) {
                order = new long[size];
            }
            if (rowCounts.length < height) {
                rowCounts = new int[height];
            }
            if (columnCounts.length < width) {
                columnCounts = new int[width];
            }
            Arrays.fill(rowCounts, 0, height, 0);
            Arrays.fill(columnCounts, 0, width, 0);
            for (int entry = 0; entry < size; entry++) {
                // Non-negative floats order as their bits do; the index breaks ties.
                order[entry] = (long) ~Float.floatToRawIntBits(tile[entry]) << 32 | entry;
            }
            Arrays.sort(order, 0, size);
            for (int i = 0; i < size; i++) {
                int entry = (int) order[i];
                int row = entry / width;
                int column = entry % width;
                if (rowCounts[row] < n && columnCounts[column] < n) {
                    keep[entry] = true;
                    rowCounts[row]++;
                    columnCounts[column]++;
                }
            }
            if (height == m && width == m) {
                complete(tile, keep);
            }
        }

        /**
         * Rows and columns of a full tile lack the same number in total. Where a row and a column
         * both lack one, their common entry is kept already (greedy would have taken it), so an
         * exchange exists: the column has fewer than N - 1 other entries, while each column without
         * the row has N, so that one of those N lies in a row that the column lacks.
         */
        private void complete(float[] tile, boolean[] keep) {
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

        /** Drops one entry and keeps the two that share its row and column with those given. */
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
}
