package org.djlsparse.internal.cpu.vector;

import org.djlsparse.internal.cpu.PanelOps;
import org.djlsparse.internal.cpu.Runs;

import jdk.incubator.vector.FloatVector;

/**
 * The inner loops on vectors of the processor's preferred length, by Java's Vector API.
 *
 * <p>Of the 32 registers of AVX-512, 24 hold sums; of 16 registers, 8 do. With more, C2 would move
 * sums to memory and back.
 */
public final class VectorPanelOps implements PanelOps {

    private static final int LANES = FloatVector.SPECIES_PREFERRED.length();
    private static final boolean MANY_REGISTERS = LANES >= 16;
    private static final int MAX_VECTORS = MANY_REGISTERS ? 6 : 2;
    private static final int MAX_COLUMNS = MANY_REGISTERS ? 4 : 2;

    /** The columns whose lanes are summed together, and whose vectors stay in the first cache. */
    private static final int COLUMNS = 64;

    private final ThreadLocal<float[]> scratch =
            ThreadLocal.withInitial(() -> new float[(4 * COLUMNS + LaneSums.SPARE) * LANES]);

    /** Creates the loops. Called by name, from where the Vector API may be missing. */
    public VectorPanelOps() {}

    @Override
    public int getLanes() {
        return LANES;
    }

    @Override
    public int getMaxVectors() {
        return MAX_VECTORS;
    }

    @Override
    public void multiply(
            Runs runs,
            float[] values,
            int firstRun,
            int endRun,
            float[] x,
            int xBase,
            float[] y,
            int yBase,
            int yStride,
            int yNone,
            int vectors) {
        int[] places = runs.places();
        int[] starts = runs.starts();
        boolean four = runs.width() == 4;
        for (int run = firstRun; run < endRun; run++) {
            int rows = runs.rows()[run];
            int a = place(rows, 0, yBase, yStride, yNone);
            int b = place(rows, 1, yBase, yStride, yNone);
            int start = starts[run];
            int end = starts[run + 1];
            if (four) {
                int c = place(rows, 2, yBase, yStride, yNone);
                int d = place(rows, 3, yBase, yStride, yNone);
                QuadPanels.multiply(values, places, start, end, x, xBase, y, a, b, c, d, vectors);
            } else {
                PairPanels.multiply(values, places, start, end, x, xBase, y, a, b, vectors);
            }
        }
    }

    private static int place(int rows, int i, int base, int stride, int none) {
        int row = Runs.row(rows, i);
        return row == Runs.NO_ROW ? none : base + row * stride;
    }

    @Override
    public void multiplyTransposed(
            Runs runs,
            float[] sums,
            int firstRun,
            int endRun,
            float[] dy,
            int dyBase,
            int dyStride,
            float[] x,
            int xBase,
            int vectors) {
        int width = runs.width();
        float[] out = scratch.get();
        int done = runs.starts()[firstRun]; // columns whose sums over lanes are taken
        for (int run = firstRun; run < endRun; run++) {
            int rows = runs.rows()[run];
            // A missing row reads the first row, and its sums are ignored.
            int a = place(rows, 0, dyBase, dyStride, dyBase);
            int b = place(rows, 1, dyBase, dyStride, dyBase);
            int c = place(rows, 2, dyBase, dyStride, dyBase);
            int d = place(rows, 3, dyBase, dyStride, dyBase);
            int column = runs.starts()[run];
            int left = runs.starts()[run + 1] - column;
            while (left > 0) {
                int groups = (left + MAX_COLUMNS - 1) / MAX_COLUMNS;
                int count = (left + groups - 1) / groups; // as even as can be
                if (column + count - done > COLUMNS) {
                    LaneSums.addTo(out, width * (column - done), sums, width * done);
                    done = column;
                }
                int at = (column - done) * width * LANES;
                if (width == 4) {
                    quad(runs.places(), column, count, x, xBase, dy, a, b, c, d, vectors, out, at);
                } else {
                    pair(runs.places(), column, count, x, xBase, dy, a, b, vectors, out, at);
                }
                column += count;
                left -= count;
            }
        }
        int end = runs.starts()[endRun];
        LaneSums.addTo(out, width * (end - done), sums, width * done);
    }

    private static void quad(
            int[] places,
            int column,
            int count,
            float[] x,
            int xBase,
            float[] dy,
            int a,
            int b,
            int c,
            int d,
            int vectors,
            float[] out,
            int at) {
        switch (count) {
            case 1 -> Dots.quad1(places, column, x, xBase, dy, a, b, c, d, vectors, out, at);
            case 2 -> Dots.quad2(places, column, x, xBase, dy, a, b, c, d, vectors, out, at);
            case 3 -> Dots.quad3(places, column, x, xBase, dy, a, b, c, d, vectors, out, at);
            default -> Dots.quad4(places, column, x, xBase, dy, a, b, c, d, vectors, out, at);
        }
    }

    private static void pair(
            int[] places,
            int column,
            int count,
            float[] x,
            int xBase,
            float[] dy,
            int a,
            int b,
            int vectors,
            float[] out,
            int at) {
        switch (count) {
            case 1 -> Dots.pair1(places, column, x, xBase, dy, a, b, vectors, out, at);
            case 2 -> Dots.pair2(places, column, x, xBase, dy, a, b, vectors, out, at);
            case 3 -> Dots.pair3(places, column, x, xBase, dy, a, b, vectors, out, at);
            default -> Dots.pair4(places, column, x, xBase, dy, a, b, vectors, out, at);
        }
    }

    @Override
    public void multiplyRow(
            int[] choices,
            int choice,
            float[] values,
            int value,
            int fours,
            int[] x,
            float[] y,
            int at) {
        RowGroups.multiply(choices, choice, values, value, fours, x, y, at);
    }
}
