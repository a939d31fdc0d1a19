package org.djlsparse.mask;

import java.util.Arrays;

/**
 * Improves a choice of entries to the best possible one: finds closed walks along which exchanging
 * entries gains, until none is left. Not thread-safe.
 *
 * <p>Rows and columns are the nodes of a transport problem. A step from a row to a column keeps
 * their entry and gains its score; a step from a column to a row gives their entry up. A closed
 * walk changes no count, and a choice is the best when no closed walk gains (Klein 1967). In a
 * ragged tile, whose rows and columns may keep fewer than N, an additional node lends and takes
 * back the missing entries. Labels are the largest gains of walks found so far (Bellman and Ford);
 * walks that close are found among the predecessors.
 *
 * <p>Cost: 2 * M^2 steps for each round of labels.
 */
final class ClosedWalks {

    private static final int NONE = -1;

    /** Labels start again before sums with them could overflow. */
    private static final long LARGEST_LABEL = Exchanges.BARRED / 4;

    private final int n;
    private final int m;
    private final Exchanges exchanges;

    // Nodes: rows first, then columns, then the lender.
    private final long[] label;
    private final int[] from;
    private final int[] visit;
    private int height;
    private int width;
    private boolean ragged;

    ClosedWalks(NmPattern pattern, Exchanges exchanges) {
        n = pattern.n();
        m = pattern.m();
        this.exchanges = exchanges;
        label = new long[2 * m + 1];
        from = new int[2 * m + 1];
        visit = new int[2 * m + 1];
    }

    /** Improves the choice that the exchanges hold to the best. */
    void cancelAll() {
        cancel(Integer.MAX_VALUE);
    }

    /** Improves the choice by the closed walks that a number of rounds of labels finds. */
    void cancel(int rounds) {
        height = exchanges.height();
        width = exchanges.width();
        ragged = height < m || width < m;
        Arrays.fill(label, 0);
        Arrays.fill(from, NONE);
        for (int round = 0; round < rounds && raiseLabels(); round++) {
            if (cancelClosed()) {
                Arrays.fill(from, NONE);
            }
            if (largestLabel() > LARGEST_LABEL) {
                Arrays.fill(label, 0);
                Arrays.fill(from, NONE);
            }
        }
    }

    private long largestLabel() {
        long largest = 0;
        for (long value : label) {
            largest = Math.max(largest, value);
        }
        return largest;
    }

    /** Goes over all entries once, and returns whether a label rose. */
    private boolean raiseLabels() {
        boolean raised = false;
        for (int row = 0; row < height; row++) {
            raised |= raiseRow(row);
            raised |= raiseColumns(row);
        }
        return (ragged && raiseLender()) || raised;
    }

    private boolean raiseRow(int row) {
        long[] cost = exchanges.cost;
        int first = row * width;
        long best = label[row];
        long before = best;
        for (int column = 0; column < width; column++) {
            best = Exchanges.max(best, label[height + column] - cost[first + column]);
        }
        if (best == before) {
            return false;
        }
        int column = 0;
        while (label[height + column] - cost[first + column] != best) {
            column++;
        }
        label[row] = best;
        from[row] = height + column;
        return true;
    }

    private boolean raiseColumns(int row) {
        long[] gain = exchanges.gain;
        int first = row * width;
        long start = label[row];
        long most = 0;
        for (int column = 0; column < width; column++) {
            most = Exchanges.max(most, start + gain[first + column] - label[height + column]);
        }
        if (most == 0) {
            return false;
        }
        for (int column = 0; column < width; column++) {
            if (start + gain[first + column] > label[height + column]) {
                label[height + column] = start + gain[first + column];
                from[height + column] = row;
            }
        }
        return true;
    }

    /** Lets the lender give to rows and take from columns with room, and the reverse. */
    private boolean raiseLender() {
        int lender = height + width;
        boolean raised = false;
        for (int node = 0; node < lender; node++) {
            int count = count(node);
            boolean isRow = node < height;
            boolean gives = isRow ? count < n : count > 0;
            boolean takes = isRow ? count > 0 : count < n;
            if (gives && label[lender] > label[node]) {
                label[node] = label[lender];
                from[node] = lender;
                raised = true;
            }
            if (takes && label[node] > label[lender]) {
                label[lender] = label[node];
                from[lender] = node;
                raised = true;
            }
        }
        return raised;
    }

    private int count(int node) {
        int count = 0;
        if (node < height) {
            for (int column = 0; column < width; column++) {
                count += exchanges.isKept(node * width + column) ? 1 : 0;
            }
        } else {
            for (int row = 0; row < height; row++) {
                count += exchanges.isKept(row * width + node - height) ? 1 : 0;
            }
        }
        return count;
    }

    /**
     * Exchanges along each closed walk among the predecessors. Each of them gains, and they share
     * no node.
     */
    private boolean cancelClosed() {
        int nodes = height + width + 1;
        Arrays.fill(visit, 0, nodes, 0);
        boolean found = false;
        for (int start = 0; start < nodes; start++) {
            int node = start;
            while (node != NONE && visit[node] == 0) {
                visit[node] = start + 1;
                node = from[node];
            }
            if (node != NONE && visit[node] == start + 1) {
                exchange(node);
                found = true;
            }
        }
        return found;
    }

    private void exchange(int start) {
        int lender = height + width;
        int node = start;
        do {
            int before = from[node];
            if (node != lender && before != lender) {
                int row = Math.min(node, before);
                int column = Math.max(node, before) - height;
                exchanges.flip(row * width + column);
            }
            node = before;
        } while (node != start);
    }
}
