package org.djlsparse.cpu.vector;

import org.djlsparse.cpu.PanelOps;
import org.djlsparse.cpu.Runs;

import jdk.incubator.vector.FloatVector;

/**
 * The inner loops on vectors of the processor's preferred length, by Java's Vector API.
 *
 * <p>With 32 registers, as AVX-512 has, 24 hold sums; with 16 they hold 8, or C2 would move sums to
 * memory and back.
 */
public final class VectorPanelOps implements PanelOps {

    private static final int LANES = FloatVector.SPECIES_PREFERRED.length();
    private static final boolean MANY_REGISTERS = LANES >= 16;
    private static final int MAX_VECTORS = MANY_REGISTERS ? 6 : 2;
    private static final int MAX_COLUMNS = MANY_REGISTERS ? 4 : 2;

    private final ThreadLocal<float[]> scratch =
            ThreadLocal.withInitial(() -> new float[(4 * MAX_COLUMNS + 3) * LANES]);

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
        int[] places = runs.places();
        int width = runs.width();
        float[] out = scratch.get();
        for (int run = firstRun; run < endRun; run++) {
            int rows = runs.rows()[run];
            // What is of no row reads the first one; nobody looks at it.
            int a = place(rows, 0, dyBase, dyStride, dyBase);
            int b = place(rows, 1, dyBase, dyStride, dyBase);
            int c = place(rows, 2, dyBase, dyStride, dyBase);
            int d = place(rows, 3, dyBase, dyStride, dyBase);
            int column = runs.starts()[run];
            int left = runs.starts()[run + 1] - column;
            while (left > 0) {
                int groups = (left + MAX_COLUMNS - 1) / MAX_COLUMNS;
                int count = (left + groups - 1) / groups; // as even as can be
                if (width == 4) {
                    switch (count) {
                        case 1 ->
                                Dots.quad1(places, column, x, xBase, dy, a, b, c, d, vectors, out);
                        case 2 ->
                                Dots.quad2(places, column, x, xBase, dy, a, b, c, d, vectors, out);
                        case 3 ->
                                Dots.quad3(places, column, x, xBase, dy, a, b, c, d, vectors, out);
                        default ->
                                Dots.quad4(places, column, x, xBase, dy, a, b, c, d, vectors, out);
                    }
                } else {
                    switch (count) {
                        case 1 -> Dots.pair1(places, column, x, xBase, dy, a, b, vectors, out);
                        case 2 -> Dots.pair2(places, column, x, xBase, dy, a, b, vectors, out);
                        case 3 -> Dots.pair3(places, column, x, xBase, dy, a, b, vectors, out);
                        default -> Dots.pair4(places, column, x, xBase, dy, a, b, vectors, out);
                    }
                }
                LaneSums.addTo(out, width * count, sums, width * column);
                column += count;
                left -= count;
            }
        }
    }
}
