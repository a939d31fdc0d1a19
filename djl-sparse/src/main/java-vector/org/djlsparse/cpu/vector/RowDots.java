package org.djlsparse.cpu.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Products of a run's values with one operand a column, where values wait for memory: those of a
 * row stand together, and lanes are columns. The last vector ends with the run, and has zeros for
 * columns that the one before it has had.
 */
final class RowDots {

    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();

    private RowDots() {}

    /** Adds to four vectors of sums; at least as many columns as lanes. */
    static void quad(
            float[] values,
            int start,
            int count,
            float[] operands,
            float[] sums,
            int aRow,
            int bRow,
            int cRow,
            int dRow) {
        int last = start + count - LANES;
        FloatVector a = FloatVector.fromArray(SPECIES, sums, aRow);
        FloatVector b = FloatVector.fromArray(SPECIES, sums, bRow);
        FloatVector c = FloatVector.fromArray(SPECIES, sums, cRow);
        FloatVector d = FloatVector.fromArray(SPECIES, sums, dRow);
        int i = 0;
        do {
            FloatVector x = FloatVector.fromArray(SPECIES, operands, i);
            int at = Math.min(start + i, last);
            a = x.fma(FloatVector.fromArray(SPECIES, values, at), a);
            b = x.fma(FloatVector.fromArray(SPECIES, values, at + count), b);
            c = x.fma(FloatVector.fromArray(SPECIES, values, at + 2 * count), c);
            d = x.fma(FloatVector.fromArray(SPECIES, values, at + 3 * count), d);
            i += LANES;
        } while (i < count);
        a.intoArray(sums, aRow);
        b.intoArray(sums, bRow);
        c.intoArray(sums, cRow);
        d.intoArray(sums, dRow);
    }

    /** Adds to two vectors of sums; at least as many columns as lanes. */
    static void pair(
            float[] values,
            int start,
            int count,
            float[] operands,
            float[] sums,
            int aRow,
            int bRow) {
        int last = start + count - LANES;
        FloatVector a = FloatVector.fromArray(SPECIES, sums, aRow);
        FloatVector b = FloatVector.fromArray(SPECIES, sums, bRow);
        int i = 0;
        do {
            FloatVector x = FloatVector.fromArray(SPECIES, operands, i);
            int at = Math.min(start + i, last);
            a = x.fma(FloatVector.fromArray(SPECIES, values, at), a);
            b = x.fma(FloatVector.fromArray(SPECIES, values, at + count), b);
            i += LANES;
        } while (i < count);
        a.intoArray(sums, aRow);
        b.intoArray(sums, bRow);
    }
}
