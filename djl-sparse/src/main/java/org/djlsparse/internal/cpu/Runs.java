package org.djlsparse.internal.cpu;

/**
 * The runs that a kernel processes: columns that feed the same rows of a block of eight.
 *
 * @param width the number of rows that a column feeds: 4 or 2
 * @param rows the rows of each run, four numbers of four bits, the lowest row first; {@value
 *     #NO_ROW} for a missing row
 * @param starts the first packed column of each run, and the end of the last run
 * @param places the place of each packed column's operand in a panel
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record Runs(int width, int[] rows, int[] starts, int[] places) {

    /** Stands for a missing row. */
    public static final int NO_ROW = 8;

    private static final int BITS = 4;

    static Runs empty(int width, int runs) {
        return new Runs(width, new int[runs], new int[runs + 1], new int[0]);
    }

    /** The numbers of the rows whose bits are set, at most four. */
    static int pack(int bits) {
        int rows = 0;
        int found = 0;
        for (int row = 0; row < NO_ROW; row++) {
            if ((bits >> row & 1) == 1) {
                rows |= row << (BITS * found++);
            }
        }
        for (; found < 4; found++) {
            rows |= NO_ROW << (BITS * found);
        }
        return rows;
    }

    /**
     * Returns one of the rows that a run feeds.
     *
     * @param rows the run's rows
     * @param i the index of the row among them
     * @return the row within its block, or {@link #NO_ROW}
     */
    public static int row(int rows, int i) {
        return rows >> (BITS * i) & (1 << BITS) - 1;
    }
}
