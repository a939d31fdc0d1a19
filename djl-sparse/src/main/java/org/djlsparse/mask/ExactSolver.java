package org.djlsparse.mask;

import java.util.Arrays;

/**
 * The exact optimum for any N:M, ragged tiles included: the greedy solution, improved by exchanges
 * along closed walks until none is left that gains.
 *
 * <p>Choosing a tile's entries is a transport problem between rows and columns (Hubara et al. 2021,
 * section 3.1, solve it as a minimum-cost flow). Adding an entry goes from its row to its column
 * and gains its magnitude; dropping one goes back and loses it. A choice is optimal if and only if
 * no closed walk gains (Klein 1967). Walks are found by label correcting, as in Bellman and Ford's
 * method, whose labels stay good starting values from one walk to the next. At a ragged edge, where
 * rows and columns may keep fewer than N, walks may also pass through one more node, which lends
 * and takes back what is missing.
 *
 * <p>Cost per tile: M^2 steps for each round of labels; the greedy solution is a few walks away
 * from the best.
 */
final class ExactSolver extends TileSolver {

    private final GreedySolver greedy;

    ExactSolver(int threads) {
        super(threads);
        greedy = new GreedySolver(threads);
    }

    @Override
    public String getName() {
        return "exact";
    }

    @Override
    TileWorker newWorker(NmPattern pattern) {
        return new Worker(pattern, greedy.newWorker(pattern));
    }

    private static final class Worker implements TileWorker {

        /** Gains below this share of the largest magnitude are rounding. */
        private static final double ROUNDING = 1e-12;

        private static final int NONE = -1;

        private final int n;
        private final int m;
        private final TileWorker greedy;

        // Nodes: rows first, then columns, then the lender.
        private double[] label = new double[0];
        private int[] from = new int[0];
        private int[] visit = new int[0];
        private int height;
        private int width;
        private boolean ragged;
        private double least;

        Worker(NmPattern pattern, TileWorker greedy) {
            n = pattern.n();
            m = pattern.m();
            this.greedy = greedy;
        }

        @Override
        public void solve(float[] tile, int height, int width, boolean[] keep) {
            greedy.solve(tile, height, width, keep);
            this.height = height;
            this.width = width;
            ragged = height < m || width < m;
            int nodes = height + width + 1;
            if (label.length < nodes) {
                label = new double[nodes];
                from = new int[nodes];
                visit = new int[nodes];
            }
            float largest = 0;
            for (int entry = 0; entry < height * width; entry++) {
                largest = Math.max(largest, tile[entry]);
            }
            least = ROUNDING * largest;
            Arrays.fill(label, 0, nodes, 0);
            Arrays.fill(from, 0, nodes, NONE);
            while (raiseLabels(tile, keep)) {
                int node = nodeOnCycle();
                if (node != NONE) {
                    exchange(node, keep);
                    Arrays.fill(from, 0, nodes, NONE);
                }
            }
        }

        /** One round over all entries; returns whether a label rose. */
        private boolean raiseLabels(float[] tile, boolean[] keep) {
            boolean raised = false;
            int entry = 0;
            for (int row = 0; row < height; row++) {
                double fromRow = label[row];
                double best = fromRow;
                int bestColumn = NONE;
                for (int node = height; node < height + width; node++) {
                    double magnitude = tile[entry];
                    if (keep[entry++]) {
                        double value = label[node] - magnitude;
                        if (value > best + least) {
                            best = value;
                            bestColumn = node;
                        }
                    } else if (fromRow + magnitude > label[node] + least) {
                        label[node] = fromRow + magnitude;
                        from[node] = row;
                        raised = true;
                    }
                }
                if (bestColumn != NONE) {
                    label[row] = best;
                    from[row] = bestColumn;
                    raised = true;
                }
            }
            return (ragged && raiseLender(keep)) || raised;
        }

        /** The lender gives to rows and takes from columns with room, and the other way round. */
        private boolean raiseLender(boolean[] keep) {
            int lender = height + width;
            boolean raised = false;
            for (int node = 0; node < lender; node++) {
                int count = count(node, keep);
                boolean isRow = node < height;
                boolean gives = isRow ? count < n : count > 0;
                boolean takes = isRow ? count > 0 : count < n;
                if (gives && label[lender] > label[node] + least) {
                    label[node] = label[lender];
                    from[node] = lender;
                    raised = true;
                }
                if (takes && label[node] > label[lender] + least) {
                    label[lender] = label[node];
                    from[lender] = node;
                    raised = true;
                }
            }
            return raised;
        }

        private int count(int node, boolean[] keep) {
            int count = 0;
            if (node < height) {
                for (int column = 0; column < width; column++) {
                    count += keep[node * width + column] ? 1 : 0;
                }
            } else {
                for (int row = 0; row < height; row++) {
                    count += keep[row * width + node - height] ? 1 : 0;
                }
            }
            return count;
        }

        /** A node of a cycle among the nodes' predecessors: such a cycle gains. */
        private int nodeOnCycle() {
            int nodes = height + width + 1;
            Arrays.fill(visit, 0, nodes, 0);
            for (int start = 0; start < nodes; start++) {
                int node = start;
                while (node != NONE && visit[node] == 0) {
                    visit[node] = start + 1;
                    node = from[node];
                }
                if (node != NONE && visit[node] == start + 1) {
                    return node;
                }
            }
            return NONE;
        }

        private void exchange(int start, boolean[] keep) {
            int lender = height + width;
            int node = start;
            do {
                int before = from[node];
                if (node != lender && before != lender) {
                    boolean adds = before < height;
                    int row = adds ? before : node;
                    int column = (adds ? node : before) - height;
                    keep[row * width + column] = adds;
                }
                node = before;
            } while (node != start);
        }
    }
}
