package org.djlsparse.internal.cpu.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Products of the rows of a class with the operands of its columns, over the whole panel, which are
 * the gradient of a weight's kept entries. Several columns alternate, so that a load of a row
 * serves all of them, and sums stay in registers. Loops end with a test, as in {@link QuadPanels}.
 */
final class Dots {

    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();

    private Dots() {}

    /** 1 column, 4 rows: sums go to {@code out}, one vector for each. */
    static void quad1(
            int[] places,
            int column,
            float[] x,
            int xBase,
            float[] dy,
            int aRow,
            int bRow,
            int cRow,
            int dRow,
            int vectors,
            float[] out,
            int outAt) {
        int at0 = xBase + places[column];
        FloatVector a0 = FloatVector.zero(SPECIES);
        FloatVector b0 = FloatVector.zero(SPECIES);
        FloatVector c0 = FloatVector.zero(SPECIES);
        FloatVector d0 = FloatVector.zero(SPECIES);
        int end = vectors * LANES;
        int i = 0;
        do {
            FloatVector p = FloatVector.fromArray(SPECIES, dy, aRow + i);
            FloatVector q = FloatVector.fromArray(SPECIES, dy, bRow + i);
            FloatVector r = FloatVector.fromArray(SPECIES, dy, cRow + i);
            FloatVector s = FloatVector.fromArray(SPECIES, dy, dRow + i);
            FloatVector x0 = FloatVector.fromArray(SPECIES, x, at0 + i);
            a0 = x0.fma(p, a0);
            b0 = x0.fma(q, b0);
            c0 = x0.fma(r, c0);
            d0 = x0.fma(s, d0);
            i += LANES;
        } while (i < end);
        a0.intoArray(out, outAt);
        b0.intoArray(out, outAt + LANES);
        c0.intoArray(out, outAt + 2 * LANES);
        d0.intoArray(out, outAt + 3 * LANES);
    }

    /** 2 columns, 4 rows: sums go to {@code out}, one vector for each. */
    static void quad2(
            int[] places,
            int column,
            float[] x,
            int xBase,
            float[] dy,
            int aRow,
            int bRow,
            int cRow,
            int dRow,
            int vectors,
            float[] out,
            int outAt) {
        int at0 = xBase + places[column];
        int at1 = xBase + places[column + 1];
        FloatVector a0 = FloatVector.zero(SPECIES);
        FloatVector b0 = FloatVector.zero(SPECIES);
        FloatVector c0 = FloatVector.zero(SPECIES);
        FloatVector d0 = FloatVector.zero(SPECIES);
        FloatVector a1 = FloatVector.zero(SPECIES);
        FloatVector b1 = FloatVector.zero(SPECIES);
        FloatVector c1 = FloatVector.zero(SPECIES);
        FloatVector d1 = FloatVector.zero(SPECIES);
        int end = vectors * LANES;
        int i = 0;
        do {
            FloatVector p = FloatVector.fromArray(SPECIES, dy, aRow + i);
            FloatVector q = FloatVector.fromArray(SPECIES, dy, bRow + i);
            FloatVector r = FloatVector.fromArray(SPECIES, dy, cRow + i);
            FloatVector s = FloatVector.fromArray(SPECIES, dy, dRow + i);
            FloatVector x0 = FloatVector.fromArray(SPECIES, x, at0 + i);
            a0 = x0.fma(p, a0);
            b0 = x0.fma(q, b0);
            c0 = x0.fma(r, c0);
            d0 = x0.fma(s, d0);
            FloatVector x1 = FloatVector.fromArray(SPECIES, x, at1 + i);
            a1 = x1.fma(p, a1);
            b1 = x1.fma(q, b1);
            c1 = x1.fma(r, c1);
            d1 = x1.fma(s, d1);
            i += LANES;
        } while (i < end);
        a0.intoArray(out, outAt);
        b0.intoArray(out, outAt + LANES);
        c0.intoArray(out, outAt + 2 * LANES);
        d0.intoArray(out, outAt + 3 * LANES);
        a1.intoArray(out, outAt + 4 * LANES);
        b1.intoArray(out, outAt + 5 * LANES);
        c1.intoArray(out, outAt + 6 * LANES);
        d1.intoArray(out, outAt + 7 * LANES);
    }

    /** 3 columns, 4 rows: sums go to {@code out}, one vector for each. */
    static void quad3(
            int[] places,
            int column,
            float[] x,
            int xBase,
            float[] dy,
            int aRow,
            int bRow,
            int cRow,
            int dRow,
            int vectors,
            float[] out,
            int outAt) {
        int at0 = xBase + places[column];
        int at1 = xBase + places[column + 1];
        int at2 = xBase + places[column + 2];
        FloatVector a0 = FloatVector.zero(SPECIES);
        FloatVector b0 = FloatVector.zero(SPECIES);
        FloatVector c0 = FloatVector.zero(SPECIES);
        FloatVector d0 = FloatVector.zero(SPECIES);
        FloatVector a1 = FloatVector.zero(SPECIES);
        FloatVector b1 = FloatVector.zero(SPECIES);
        FloatVector c1 = FloatVector.zero(SPECIES);
        FloatVector d1 = FloatVector.zero(SPECIES);
        FloatVector a2 = FloatVector.zero(SPECIES);
        FloatVector b2 = FloatVector.zero(SPECIES);
        FloatVector c2 = FloatVector.zero(SPECIES);
        FloatVector d2 = FloatVector.zero(SPECIES);
        int end = vectors * LANES;
        int i = 0;
        do {
            FloatVector p = FloatVector.fromArray(SPECIES, dy, aRow + i);
            FloatVector q = FloatVector.fromArray(SPECIES, dy, bRow + i);
            FloatVector r = FloatVector.fromArray(SPECIES, dy, cRow + i);
            FloatVector s = FloatVector.fromArray(SPECIES, dy, dRow + i);
            FloatVector x0 = FloatVector.fromArray(SPECIES, x, at0 + i);
            a0 = x0.fma(p, a0);
            b0 = x0.fma(q, b0);
            c0 = x0.fma(r, c0);
            d0 = x0.fma(s, d0);
            FloatVector x1 = FloatVector.fromArray(SPECIES, x, at1 + i);
            a1 = x1.fma(p, a1);
            b1 = x1.fma(q, b1);
            c1 = x1.fma(r, c1);
            d1 = x1.fma(s, d1);
            FloatVector x2 = FloatVector.fromArray(SPECIES, x, at2 + i);
            a2 = x2.fma(p, a2);
            b2 = x2.fma(q, b2);
            c2 = x2.fma(r, c2);
            d2 = x2.fma(s, d2);
            i += LANES;
        } while (i < end);
        a0.intoArray(out, outAt);
        b0.intoArray(out, outAt + LANES);
        c0.intoArray(out, outAt + 2 * LANES);
        d0.intoArray(out, outAt + 3 * LANES);
        a1.intoArray(out, outAt + 4 * LANES);
        b1.intoArray(out, outAt + 5 * LANES);
        c1.intoArray(out, outAt + 6 * LANES);
        d1.intoArray(out, outAt + 7 * LANES);
        a2.intoArray(out, outAt + 8 * LANES);
        b2.intoArray(out, outAt + 9 * LANES);
        c2.intoArray(out, outAt + 10 * LANES);
        d2.intoArray(out, outAt + 11 * LANES);
    }

    /** 4 columns, 4 rows: sums go to {@code out}, one vector for each. */
    static void quad4(
            int[] places,
            int column,
            float[] x,
            int xBase,
            float[] dy,
            int aRow,
            int bRow,
            int cRow,
            int dRow,
            int vectors,
            float[] out,
            int outAt) {
        int at0 = xBase + places[column];
        int at1 = xBase + places[column + 1];
        int at2 = xBase + places[column + 2];
        int at3 = xBase + places[column + 3];
        FloatVector a0 = FloatVector.zero(SPECIES);
        FloatVector b0 = FloatVector.zero(SPECIES);
        FloatVector c0 = FloatVector.zero(SPECIES);
        FloatVector d0 = FloatVector.zero(SPECIES);
        FloatVector a1 = FloatVector.zero(SPECIES);
        FloatVector b1 = FloatVector.zero(SPECIES);
        FloatVector c1 = FloatVector.zero(SPECIES);
        FloatVector d1 = FloatVector.zero(SPECIES);
        FloatVector a2 = FloatVector.zero(SPECIES);
        FloatVector b2 = FloatVector.zero(SPECIES);
        FloatVector c2 = FloatVector.zero(SPECIES);
        FloatVector d2 = FloatVector.zero(SPECIES);
        FloatVector a3 = FloatVector.zero(SPECIES);
        FloatVector b3 = FloatVector.zero(SPECIES);
        FloatVector c3 = FloatVector.zero(SPECIES);
        FloatVector d3 = FloatVector.zero(SPECIES);
        int end = vectors * LANES;
        int i = 0;
        do {
            FloatVector p = FloatVector.fromArray(SPECIES, dy, aRow + i);
            FloatVector q = FloatVector.fromArray(SPECIES, dy, bRow + i);
            FloatVector r = FloatVector.fromArray(SPECIES, dy, cRow + i);
            FloatVector s = FloatVector.fromArray(SPECIES, dy, dRow + i);
            FloatVector x0 = FloatVector.fromArray(SPECIES, x, at0 + i);
            a0 = x0.fma(p, a0);
            b0 = x0.fma(q, b0);
            c0 = x0.fma(r, c0);
            d0 = x0.fma(s, d0);
            FloatVector x1 = FloatVector.fromArray(SPECIES, x, at1 + i);
            a1 = x1.fma(p, a1);
            b1 = x1.fma(q, b1);
            c1 = x1.fma(r, c1);
            d1 = x1.fma(s, d1);
            FloatVector x2 = FloatVector.fromArray(SPECIES, x, at2 + i);
            a2 = x2.fma(p, a2);
            b2 = x2.fma(q, b2);
            c2 = x2.fma(r, c2);
            d2 = x2.fma(s, d2);
            FloatVector x3 = FloatVector.fromArray(SPECIES, x, at3 + i);
            a3 = x3.fma(p, a3);
            b3 = x3.fma(q, b3);
            c3 = x3.fma(r, c3);
            d3 = x3.fma(s, d3);
            i += LANES;
        } while (i < end);
        a0.intoArray(out, outAt);
        b0.intoArray(out, outAt + LANES);
        c0.intoArray(out, outAt + 2 * LANES);
        d0.intoArray(out, outAt + 3 * LANES);
        a1.intoArray(out, outAt + 4 * LANES);
        b1.intoArray(out, outAt + 5 * LANES);
        c1.intoArray(out, outAt + 6 * LANES);
        d1.intoArray(out, outAt + 7 * LANES);
        a2.intoArray(out, outAt + 8 * LANES);
        b2.intoArray(out, outAt + 9 * LANES);
        c2.intoArray(out, outAt + 10 * LANES);
        d2.intoArray(out, outAt + 11 * LANES);
        a3.intoArray(out, outAt + 12 * LANES);
        b3.intoArray(out, outAt + 13 * LANES);
        c3.intoArray(out, outAt + 14 * LANES);
        d3.intoArray(out, outAt + 15 * LANES);
    }

    /** 1 column, 2 rows: sums go to {@code out}, one vector for each. */
    static void pair1(
            int[] places,
            int column,
            float[] x,
            int xBase,
            float[] dy,
            int aRow,
            int bRow,
            int vectors,
            float[] out,
            int outAt) {
        int at0 = xBase + places[column];
        FloatVector a0 = FloatVector.zero(SPECIES);
        FloatVector b0 = FloatVector.zero(SPECIES);
        int end = vectors * LANES;
        int i = 0;
        do {
            FloatVector p = FloatVector.fromArray(SPECIES, dy, aRow + i);
            FloatVector q = FloatVector.fromArray(SPECIES, dy, bRow + i);
            FloatVector x0 = FloatVector.fromArray(SPECIES, x, at0 + i);
            a0 = x0.fma(p, a0);
            b0 = x0.fma(q, b0);
            i += LANES;
        } while (i < end);
        a0.intoArray(out, outAt);
        b0.intoArray(out, outAt + LANES);
    }

    /** 2 columns, 2 rows: sums go to {@code out}, one vector for each. */
    static void pair2(
            int[] places,
            int column,
            float[] x,
            int xBase,
            float[] dy,
            int aRow,
            int bRow,
            int vectors,
            float[] out,
            int outAt) {
        int at0 = xBase + places[column];
        int at1 = xBase + places[column + 1];
        FloatVector a0 = FloatVector.zero(SPECIES);
        FloatVector b0 = FloatVector.zero(SPECIES);
        FloatVector a1 = FloatVector.zero(SPECIES);
        FloatVector b1 = FloatVector.zero(SPECIES);
        int end = vectors * LANES;
        int i = 0;
        do {
            FloatVector p = FloatVector.fromArray(SPECIES, dy, aRow + i);
            FloatVector q = FloatVector.fromArray(SPECIES, dy, bRow + i);
            FloatVector x0 = FloatVector.fromArray(SPECIES, x, at0 + i);
            a0 = x0.fma(p, a0);
            b0 = x0.fma(q, b0);
            FloatVector x1 = FloatVector.fromArray(SPECIES, x, at1 + i);
            a1 = x1.fma(p, a1);
            b1 = x1.fma(q, b1);
            i += LANES;
        } while (i < end);
        a0.intoArray(out, outAt);
        b0.intoArray(out, outAt + LANES);
        a1.intoArray(out, outAt + 2 * LANES);
        b1.intoArray(out, outAt + 3 * LANES);
    }

    /** 3 columns, 2 rows: sums go to {@code out}, one vector for each. */
    static void pair3(
            int[] places,
            int column,
            float[] x,
            int xBase,
            float[] dy,
            int aRow,
            int bRow,
            int vectors,
            float[] out,
            int outAt) {
        int at0 = xBase + places[column];
        int at1 = xBase + places[column + 1];
        int at2 = xBase + places[column + 2];
        FloatVector a0 = FloatVector.zero(SPECIES);
        FloatVector b0 = FloatVector.zero(SPECIES);
        FloatVector a1 = FloatVector.zero(SPECIES);
        FloatVector b1 = FloatVector.zero(SPECIES);
        FloatVector a2 = FloatVector.zero(SPECIES);
        FloatVector b2 = FloatVector.zero(SPECIES);
        int end = vectors * LANES;
        int i = 0;
        do {
            FloatVector p = FloatVector.fromArray(SPECIES, dy, aRow + i);
            FloatVector q = FloatVector.fromArray(SPECIES, dy, bRow + i);
            FloatVector x0 = FloatVector.fromArray(SPECIES, x, at0 + i);
            a0 = x0.fma(p, a0);
            b0 = x0.fma(q, b0);
            FloatVector x1 = FloatVector.fromArray(SPECIES, x, at1 + i);
            a1 = x1.fma(p, a1);
            b1 = x1.fma(q, b1);
            FloatVector x2 = FloatVector.fromArray(SPECIES, x, at2 + i);
            a2 = x2.fma(p, a2);
            b2 = x2.fma(q, b2);
            i += LANES;
        } while (i < end);
        a0.intoArray(out, outAt);
        b0.intoArray(out, outAt + LANES);
        a1.intoArray(out, outAt + 2 * LANES);
        b1.intoArray(out, outAt + 3 * LANES);
        a2.intoArray(out, outAt + 4 * LANES);
        b2.intoArray(out, outAt + 5 * LANES);
    }

    /** 4 columns, 2 rows: sums go to {@code out}, one vector for each. */
    static void pair4(
            int[] places,
            int column,
            float[] x,
            int xBase,
            float[] dy,
            int aRow,
            int bRow,
            int vectors,
            float[] out,
            int outAt) {
        int at0 = xBase + places[column];
        int at1 = xBase + places[column + 1];
        int at2 = xBase + places[column + 2];
        int at3 = xBase + places[column + 3];
        FloatVector a0 = FloatVector.zero(SPECIES);
        FloatVector b0 = FloatVector.zero(SPECIES);
        FloatVector a1 = FloatVector.zero(SPECIES);
        FloatVector b1 = FloatVector.zero(SPECIES);
        FloatVector a2 = FloatVector.zero(SPECIES);
        FloatVector b2 = FloatVector.zero(SPECIES);
        FloatVector a3 = FloatVector.zero(SPECIES);
        FloatVector b3 = FloatVector.zero(SPECIES);
        int end = vectors * LANES;
        int i = 0;
        do {
            FloatVector p = FloatVector.fromArray(SPECIES, dy, aRow + i);
            FloatVector q = FloatVector.fromArray(SPECIES, dy, bRow + i);
            FloatVector x0 = FloatVector.fromArray(SPECIES, x, at0 + i);
            a0 = x0.fma(p, a0);
            b0 = x0.fma(q, b0);
            FloatVector x1 = FloatVector.fromArray(SPECIES, x, at1 + i);
            a1 = x1.fma(p, a1);
            b1 = x1.fma(q, b1);
            FloatVector x2 = FloatVector.fromArray(SPECIES, x, at2 + i);
            a2 = x2.fma(p, a2);
            b2 = x2.fma(q, b2);
            FloatVector x3 = FloatVector.fromArray(SPECIES, x, at3 + i);
            a3 = x3.fma(p, a3);
            b3 = x3.fma(q, b3);
            i += LANES;
        } while (i < end);
        a0.intoArray(out, outAt);
        b0.intoArray(out, outAt + LANES);
        a1.intoArray(out, outAt + 2 * LANES);
        b1.intoArray(out, outAt + 3 * LANES);
        a2.intoArray(out, outAt + 4 * LANES);
        b2.intoArray(out, outAt + 5 * LANES);
        a3.intoArray(out, outAt + 6 * LANES);
        b3.intoArray(out, outAt + 7 * LANES);
    }
}
