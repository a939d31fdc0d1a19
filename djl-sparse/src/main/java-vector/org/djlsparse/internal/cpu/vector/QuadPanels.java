package org.djlsparse.internal.cpu.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Products of columns that feed four rows each: a load of the operand serves four multiply-adds.
 *
 * <p>There is a method for each number of vectors, written out, since sums stay in registers only
 * if each is a variable. Loops end with a test, so that the stored value comes directly from a
 * multiply-add: only then C2 knows its class, whatever other vectors the JVM has.
 */
final class QuadPanels {

    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();

    private QuadPanels() {}

    static void multiply(
            float[] values,
            int[] places,
            int start,
            int end,
            float[] x,
            int xBase,
            float[] y,
            int aRow,
            int bRow,
            int cRow,
            int dRow,
            int vectors) {
        switch (vectors) {
            case 1 -> multiply1(values, places, start, end, x, xBase, y, aRow, bRow, cRow, dRow);
            case 2 -> multiply2(values, places, start, end, x, xBase, y, aRow, bRow, cRow, dRow);
            case 3 -> multiply3(values, places, start, end, x, xBase, y, aRow, bRow, cRow, dRow);
            case 4 -> multiply4(values, places, start, end, x, xBase, y, aRow, bRow, cRow, dRow);
            case 5 -> multiply5(values, places, start, end, x, xBase, y, aRow, bRow, cRow, dRow);
            default -> multiply6(values, places, start, end, x, xBase, y, aRow, bRow, cRow, dRow);
        }
    }

    private static void multiply1(
            float[] values,
            int[] places,
            int start,
            int end,
            float[] x,
            int xBase,
            float[] y,
            int aRow,
            int bRow,
            int cRow,
            int dRow) {
        FloatVector a0 = FloatVector.fromArray(SPECIES, y, aRow);
        FloatVector b0 = FloatVector.fromArray(SPECIES, y, bRow);
        FloatVector c0 = FloatVector.fromArray(SPECIES, y, cRow);
        FloatVector d0 = FloatVector.fromArray(SPECIES, y, dRow);
        int i = start;
        do {
            FloatVector p = FloatVector.broadcast(SPECIES, values[4 * i]);
            FloatVector q = FloatVector.broadcast(SPECIES, values[4 * i + 1]);
            FloatVector r = FloatVector.broadcast(SPECIES, values[4 * i + 2]);
            FloatVector s = FloatVector.broadcast(SPECIES, values[4 * i + 3]);
            int at = xBase + places[i];
            FloatVector x0 = FloatVector.fromArray(SPECIES, x, at);
            a0 = x0.fma(p, a0);
            b0 = x0.fma(q, b0);
            c0 = x0.fma(r, c0);
            d0 = x0.fma(s, d0);
        } while (++i < end);
        a0.intoArray(y, aRow);
        b0.intoArray(y, bRow);
        c0.intoArray(y, cRow);
        d0.intoArray(y, dRow);
    }

    private static void multiply2(
            float[] values,
            int[] places,
            int start,
            int end,
            float[] x,
            int xBase,
            float[] y,
            int aRow,
            int bRow,
            int cRow,
            int dRow) {
        FloatVector a0 = FloatVector.fromArray(SPECIES, y, aRow);
        FloatVector b0 = FloatVector.fromArray(SPECIES, y, bRow);
        FloatVector c0 = FloatVector.fromArray(SPECIES, y, cRow);
        FloatVector d0 = FloatVector.fromArray(SPECIES, y, dRow);
        FloatVector a1 = FloatVector.fromArray(SPECIES, y, aRow + LANES);
        FloatVector b1 = FloatVector.fromArray(SPECIES, y, bRow + LANES);
        FloatVector c1 = FloatVector.fromArray(SPECIES, y, cRow + LANES);
        FloatVector d1 = FloatVector.fromArray(SPECIES, y, dRow + LANES);
        int i = start;
        do {
            FloatVector p = FloatVector.broadcast(SPECIES, values[4 * i]);
            FloatVector q = FloatVector.broadcast(SPECIES, values[4 * i + 1]);
            FloatVector r = FloatVector.broadcast(SPECIES, values[4 * i + 2]);
            FloatVector s = FloatVector.broadcast(SPECIES, values[4 * i + 3]);
            int at = xBase + places[i];
            FloatVector x0 = FloatVector.fromArray(SPECIES, x, at);
            a0 = x0.fma(p, a0);
            b0 = x0.fma(q, b0);
            c0 = x0.fma(r, c0);
            d0 = x0.fma(s, d0);
            FloatVector x1 = FloatVector.fromArray(SPECIES, x, at + LANES);
            a1 = x1.fma(p, a1);
            b1 = x1.fma(q, b1);
            c1 = x1.fma(r, c1);
            d1 = x1.fma(s, d1);
        } while (++i < end);
        a0.intoArray(y, aRow);
        b0.intoArray(y, bRow);
        c0.intoArray(y, cRow);
        d0.intoArray(y, dRow);
        a1.intoArray(y, aRow + LANES);
        b1.intoArray(y, bRow + LANES);
        c1.intoArray(y, cRow + LANES);
        d1.intoArray(y, dRow + LANES);
    }

    private static void multiply3(
            float[] values,
            int[] places,
            int start,
            int end,
            float[] x,
            int xBase,
            float[] y,
            int aRow,
            int bRow,
            int cRow,
            int dRow) {
        FloatVector a0 = FloatVector.fromArray(SPECIES, y, aRow);
        FloatVector b0 = FloatVector.fromArray(SPECIES, y, bRow);
        FloatVector c0 = FloatVector.fromArray(SPECIES, y, cRow);
        FloatVector d0 = FloatVector.fromArray(SPECIES, y, dRow);
        FloatVector a1 = FloatVector.fromArray(SPECIES, y, aRow + LANES);
        FloatVector b1 = FloatVector.fromArray(SPECIES, y, bRow + LANES);
        FloatVector c1 = FloatVector.fromArray(SPECIES, y, cRow + LANES);
        FloatVector d1 = FloatVector.fromArray(SPECIES, y, dRow + LANES);
        FloatVector a2 = FloatVector.fromArray(SPECIES, y, aRow + 2 * LANES);
        FloatVector b2 = FloatVector.fromArray(SPECIES, y, bRow + 2 * LANES);
        FloatVector c2 = FloatVector.fromArray(SPECIES, y, cRow + 2 * LANES);
        FloatVector d2 = FloatVector.fromArray(SPECIES, y, dRow + 2 * LANES);
        int i = start;
        do {
            FloatVector p = FloatVector.broadcast(SPECIES, values[4 * i]);
            FloatVector q = FloatVector.broadcast(SPECIES, values[4 * i + 1]);
            FloatVector r = FloatVector.broadcast(SPECIES, values[4 * i + 2]);
            FloatVector s = FloatVector.broadcast(SPECIES, values[4 * i + 3]);
            int at = xBase + places[i];
            FloatVector x0 = FloatVector.fromArray(SPECIES, x, at);
            a0 = x0.fma(p, a0);
            b0 = x0.fma(q, b0);
            c0 = x0.fma(r, c0);
            d0 = x0.fma(s, d0);
            FloatVector x1 = FloatVector.fromArray(SPECIES, x, at + LANES);
            a1 = x1.fma(p, a1);
            b1 = x1.fma(q, b1);
            c1 = x1.fma(r, c1);
            d1 = x1.fma(s, d1);
            FloatVector x2 = FloatVector.fromArray(SPECIES, x, at + 2 * LANES);
            a2 = x2.fma(p, a2);
            b2 = x2.fma(q, b2);
            c2 = x2.fma(r, c2);
            d2 = x2.fma(s, d2);
        } while (++i < end);
        a0.intoArray(y, aRow);
        b0.intoArray(y, bRow);
        c0.intoArray(y, cRow);
        d0.intoArray(y, dRow);
        a1.intoArray(y, aRow + LANES);
        b1.intoArray(y, bRow + LANES);
        c1.intoArray(y, cRow + LANES);
        d1.intoArray(y, dRow + LANES);
        a2.intoArray(y, aRow + 2 * LANES);
        b2.intoArray(y, bRow + 2 * LANES);
        c2.intoArray(y, cRow + 2 * LANES);
        d2.intoArray(y, dRow + 2 * LANES);
    }

    private static void multiply4(
            float[] values,
            int[] places,
            int start,
            int end,
            float[] x,
            int xBase,
            float[] y,
            int aRow,
            int bRow,
            int cRow,
            int dRow) {
        FloatVector a0 = FloatVector.fromArray(SPECIES, y, aRow);
        FloatVector b0 = FloatVector.fromArray(SPECIES, y, bRow);
        FloatVector c0 = FloatVector.fromArray(SPECIES, y, cRow);
        FloatVector d0 = FloatVector.fromArray(SPECIES, y, dRow);
        FloatVector a1 = FloatVector.fromArray(SPECIES, y, aRow + LANES);
        FloatVector b1 = FloatVector.fromArray(SPECIES, y, bRow + LANES);
        FloatVector c1 = FloatVector.fromArray(SPECIES, y, cRow + LANES);
        FloatVector d1 = FloatVector.fromArray(SPECIES, y, dRow + LANES);
        FloatVector a2 = FloatVector.fromArray(SPECIES, y, aRow + 2 * LANES);
        FloatVector b2 = FloatVector.fromArray(SPECIES, y, bRow + 2 * LANES);
        FloatVector c2 = FloatVector.fromArray(SPECIES, y, cRow + 2 * LANES);
        FloatVector d2 = FloatVector.fromArray(SPECIES, y, dRow + 2 * LANES);
        FloatVector a3 = FloatVector.fromArray(SPECIES, y, aRow + 3 * LANES);
        FloatVector b3 = FloatVector.fromArray(SPECIES, y, bRow + 3 * LANES);
        FloatVector c3 = FloatVector.fromArray(SPECIES, y, cRow + 3 * LANES);
        FloatVector d3 = FloatVector.fromArray(SPECIES, y, dRow + 3 * LANES);
        int i = start;
        do {
            FloatVector p = FloatVector.broadcast(SPECIES, values[4 * i]);
            FloatVector q = FloatVector.broadcast(SPECIES, values[4 * i + 1]);
            FloatVector r = FloatVector.broadcast(SPECIES, values[4 * i + 2]);
            FloatVector s = FloatVector.broadcast(SPECIES, values[4 * i + 3]);
            int at = xBase + places[i];
            FloatVector x0 = FloatVector.fromArray(SPECIES, x, at);
            a0 = x0.fma(p, a0);
            b0 = x0.fma(q, b0);
            c0 = x0.fma(r, c0);
            d0 = x0.fma(s, d0);
            FloatVector x1 = FloatVector.fromArray(SPECIES, x, at + LANES);
            a1 = x1.fma(p, a1);
            b1 = x1.fma(q, b1);
            c1 = x1.fma(r, c1);
            d1 = x1.fma(s, d1);
            FloatVector x2 = FloatVector.fromArray(SPECIES, x, at + 2 * LANES);
            a2 = x2.fma(p, a2);
            b2 = x2.fma(q, b2);
            c2 = x2.fma(r, c2);
            d2 = x2.fma(s, d2);
            FloatVector x3 = FloatVector.fromArray(SPECIES, x, at + 3 * LANES);
            a3 = x3.fma(p, a3);
            b3 = x3.fma(q, b3);
            c3 = x3.fma(r, c3);
            d3 = x3.fma(s, d3);
        } while (++i < end);
        a0.intoArray(y, aRow);
        b0.intoArray(y, bRow);
        c0.intoArray(y, cRow);
        d0.intoArray(y, dRow);
        a1.intoArray(y, aRow + LANES);
        b1.intoArray(y, bRow + LANES);
        c1.intoArray(y, cRow + LANES);
        d1.intoArray(y, dRow + LANES);
        a2.intoArray(y, aRow + 2 * LANES);
        b2.intoArray(y, bRow + 2 * LANES);
        c2.intoArray(y, cRow + 2 * LANES);
        d2.intoArray(y, dRow + 2 * LANES);
        a3.intoArray(y, aRow + 3 * LANES);
        b3.intoArray(y, bRow + 3 * LANES);
        c3.intoArray(y, cRow + 3 * LANES);
        d3.intoArray(y, dRow + 3 * LANES);
    }

    private static void multiply5(
            float[] values,
            int[] places,
            int start,
            int end,
            float[] x,
            int xBase,
            float[] y,
            int aRow,
            int bRow,
            int cRow,
            int dRow) {
        FloatVector a0 = FloatVector.fromArray(SPECIES, y, aRow);
        FloatVector b0 = FloatVector.fromArray(SPECIES, y, bRow);
        FloatVector c0 = FloatVector.fromArray(SPECIES, y, cRow);
        FloatVector d0 = FloatVector.fromArray(SPECIES, y, dRow);
        FloatVector a1 = FloatVector.fromArray(SPECIES, y, aRow + LANES);
        FloatVector b1 = FloatVector.fromArray(SPECIES, y, bRow + LANES);
        FloatVector c1 = FloatVector.fromArray(SPECIES, y, cRow + LANES);
        FloatVector d1 = FloatVector.fromArray(SPECIES, y, dRow + LANES);
        FloatVector a2 = FloatVector.fromArray(SPECIES, y, aRow + 2 * LANES);
        FloatVector b2 = FloatVector.fromArray(SPECIES, y, bRow + 2 * LANES);
        FloatVector c2 = FloatVector.fromArray(SPECIES, y, cRow + 2 * LANES);
        FloatVector d2 = FloatVector.fromArray(SPECIES, y, dRow + 2 * LANES);
        FloatVector a3 = FloatVector.fromArray(SPECIES, y, aRow + 3 * LANES);
        FloatVector b3 = FloatVector.fromArray(SPECIES, y, bRow + 3 * LANES);
        FloatVector c3 = FloatVector.fromArray(SPECIES, y, cRow + 3 * LANES);
        FloatVector d3 = FloatVector.fromArray(SPECIES, y, dRow + 3 * LANES);
        FloatVector a4 = FloatVector.fromArray(SPECIES, y, aRow + 4 * LANES);
        FloatVector b4 = FloatVector.fromArray(SPECIES, y, bRow + 4 * LANES);
        FloatVector c4 = FloatVector.fromArray(SPECIES, y, cRow + 4 * LANES);
        FloatVector d4 = FloatVector.fromArray(SPECIES, y, dRow + 4 * LANES);
        int i = start;
        do {
            FloatVector p = FloatVector.broadcast(SPECIES, values[4 * i]);
            FloatVector q = FloatVector.broadcast(SPECIES, values[4 * i + 1]);
            FloatVector r = FloatVector.broadcast(SPECIES, values[4 * i + 2]);
            FloatVector s = FloatVector.broadcast(SPECIES, values[4 * i + 3]);
            int at = xBase + places[i];
            FloatVector x0 = FloatVector.fromArray(SPECIES, x, at);
            a0 = x0.fma(p, a0);
            b0 = x0.fma(q, b0);
            c0 = x0.fma(r, c0);
            d0 = x0.fma(s, d0);
            FloatVector x1 = FloatVector.fromArray(SPECIES, x, at + LANES);
            a1 = x1.fma(p, a1);
            b1 = x1.fma(q, b1);
            c1 = x1.fma(r, c1);
            d1 = x1.fma(s, d1);
            FloatVector x2 = FloatVector.fromArray(SPECIES, x, at + 2 * LANES);
            a2 = x2.fma(p, a2);
            b2 = x2.fma(q, b2);
            c2 = x2.fma(r, c2);
            d2 = x2.fma(s, d2);
            FloatVector x3 = FloatVector.fromArray(SPECIES, x, at + 3 * LANES);
            a3 = x3.fma(p, a3);
            b3 = x3.fma(q, b3);
            c3 = x3.fma(r, c3);
            d3 = x3.fma(s, d3);
            FloatVector x4 = FloatVector.fromArray(SPECIES, x, at + 4 * LANES);
            a4 = x4.fma(p, a4);
            b4 = x4.fma(q, b4);
            c4 = x4.fma(r, c4);
            d4 = x4.fma(s, d4);
        } while (++i < end);
        a0.intoArray(y, aRow);
        b0.intoArray(y, bRow);
        c0.intoArray(y, cRow);
        d0.intoArray(y, dRow);
        a1.intoArray(y, aRow + LANES);
        b1.intoArray(y, bRow + LANES);
        c1.intoArray(y, cRow + LANES);
        d1.intoArray(y, dRow + LANES);
        a2.intoArray(y, aRow + 2 * LANES);
        b2.intoArray(y, bRow + 2 * LANES);
        c2.intoArray(y, cRow + 2 * LANES);
        d2.intoArray(y, dRow + 2 * LANES);
        a3.intoArray(y, aRow + 3 * LANES);
        b3.intoArray(y, bRow + 3 * LANES);
        c3.intoArray(y, cRow + 3 * LANES);
        d3.intoArray(y, dRow + 3 * LANES);
        a4.intoArray(y, aRow + 4 * LANES);
        b4.intoArray(y, bRow + 4 * LANES);
        c4.intoArray(y, cRow + 4 * LANES);
        d4.intoArray(y, dRow + 4 * LANES);
    }

    private static void multiply6(
            float[] values,
            int[] places,
            int start,
            int end,
            float[] x,
            int xBase,
            float[] y,
            int aRow,
            int bRow,
            int cRow,
            int dRow) {
        FloatVector a0 = FloatVector.fromArray(SPECIES, y, aRow);
        FloatVector b0 = FloatVector.fromArray(SPECIES, y, bRow);
        FloatVector c0 = FloatVector.fromArray(SPECIES, y, cRow);
        FloatVector d0 = FloatVector.fromArray(SPECIES, y, dRow);
        FloatVector a1 = FloatVector.fromArray(SPECIES, y, aRow + LANES);
        FloatVector b1 = FloatVector.fromArray(SPECIES, y, bRow + LANES);
        FloatVector c1 = FloatVector.fromArray(SPECIES, y, cRow + LANES);
        FloatVector d1 = FloatVector.fromArray(SPECIES, y, dRow + LANES);
        FloatVector a2 = FloatVector.fromArray(SPECIES, y, aRow + 2 * LANES);
        FloatVector b2 = FloatVector.fromArray(SPECIES, y, bRow + 2 * LANES);
        FloatVector c2 = FloatVector.fromArray(SPECIES, y, cRow + 2 * LANES);
        FloatVector d2 = FloatVector.fromArray(SPECIES, y, dRow + 2 * LANES);
        FloatVector a3 = FloatVector.fromArray(SPECIES, y, aRow + 3 * LANES);
        FloatVector b3 = FloatVector.fromArray(SPECIES, y, bRow + 3 * LANES);
        FloatVector c3 = FloatVector.fromArray(SPECIES, y, cRow + 3 * LANES);
        FloatVector d3 = FloatVector.fromArray(SPECIES, y, dRow + 3 * LANES);
        FloatVector a4 = FloatVector.fromArray(SPECIES, y, aRow + 4 * LANES);
        FloatVector b4 = FloatVector.fromArray(SPECIES, y, bRow + 4 * LANES);
        FloatVector c4 = FloatVector.fromArray(SPECIES, y, cRow + 4 * LANES);
        FloatVector d4 = FloatVector.fromArray(SPECIES, y, dRow + 4 * LANES);
        FloatVector a5 = FloatVector.fromArray(SPECIES, y, aRow + 5 * LANES);
        FloatVector b5 = FloatVector.fromArray(SPECIES, y, bRow + 5 * LANES);
        FloatVector c5 = FloatVector.fromArray(SPECIES, y, cRow + 5 * LANES);
        FloatVector d5 = FloatVector.fromArray(SPECIES, y, dRow + 5 * LANES);
        int i = start;
        do {
            FloatVector p = FloatVector.broadcast(SPECIES, values[4 * i]);
            FloatVector q = FloatVector.broadcast(SPECIES, values[4 * i + 1]);
            FloatVector r = FloatVector.broadcast(SPECIES, values[4 * i + 2]);
            FloatVector s = FloatVector.broadcast(SPECIES, values[4 * i + 3]);
            int at = xBase + places[i];
            FloatVector x0 = FloatVector.fromArray(SPECIES, x, at);
            a0 = x0.fma(p, a0);
            b0 = x0.fma(q, b0);
            c0 = x0.fma(r, c0);
            d0 = x0.fma(s, d0);
            FloatVector x1 = FloatVector.fromArray(SPECIES, x, at + LANES);
            a1 = x1.fma(p, a1);
            b1 = x1.fma(q, b1);
            c1 = x1.fma(r, c1);
            d1 = x1.fma(s, d1);
            FloatVector x2 = FloatVector.fromArray(SPECIES, x, at + 2 * LANES);
            a2 = x2.fma(p, a2);
            b2 = x2.fma(q, b2);
            c2 = x2.fma(r, c2);
            d2 = x2.fma(s, d2);
            FloatVector x3 = FloatVector.fromArray(SPECIES, x, at + 3 * LANES);
            a3 = x3.fma(p, a3);
            b3 = x3.fma(q, b3);
            c3 = x3.fma(r, c3);
            d3 = x3.fma(s, d3);
            FloatVector x4 = FloatVector.fromArray(SPECIES, x, at + 4 * LANES);
            a4 = x4.fma(p, a4);
            b4 = x4.fma(q, b4);
            c4 = x4.fma(r, c4);
            d4 = x4.fma(s, d4);
            FloatVector x5 = FloatVector.fromArray(SPECIES, x, at + 5 * LANES);
            a5 = x5.fma(p, a5);
            b5 = x5.fma(q, b5);
            c5 = x5.fma(r, c5);
            d5 = x5.fma(s, d5);
        } while (++i < end);
        a0.intoArray(y, aRow);
        b0.intoArray(y, bRow);
        c0.intoArray(y, cRow);
        d0.intoArray(y, dRow);
        a1.intoArray(y, aRow + LANES);
        b1.intoArray(y, bRow + LANES);
        c1.intoArray(y, cRow + LANES);
        d1.intoArray(y, dRow + LANES);
        a2.intoArray(y, aRow + 2 * LANES);
        b2.intoArray(y, bRow + 2 * LANES);
        c2.intoArray(y, cRow + 2 * LANES);
        d2.intoArray(y, dRow + 2 * LANES);
        a3.intoArray(y, aRow + 3 * LANES);
        b3.intoArray(y, bRow + 3 * LANES);
        c3.intoArray(y, cRow + 3 * LANES);
        d3.intoArray(y, dRow + 3 * LANES);
        a4.intoArray(y, aRow + 4 * LANES);
        b4.intoArray(y, bRow + 4 * LANES);
        c4.intoArray(y, cRow + 4 * LANES);
        d4.intoArray(y, dRow + 4 * LANES);
        a5.intoArray(y, aRow + 5 * LANES);
        b5.intoArray(y, bRow + 5 * LANES);
        c5.intoArray(y, cRow + 5 * LANES);
        d5.intoArray(y, dRow + 5 * LANES);
    }
}
