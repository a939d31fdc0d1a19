package org.djlsparse.internal.cpu.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Products of a group of outputs, one in each lane, with one row of inputs. Each output keeps two
 * of every four inputs. Two bits in each lane choose one of the four, by masks that a product and a
 * shift make of them.
 */
final class RowGroups {

    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();
    private static final int SIGN = 31;

    // Factors that move a lane's lower or upper bit to the place of the sign. A shift by a vector
    // would
    // mask the vector first, by a call of the same method, which C2 does not always inline.
    private static final IntVector LOWER = powers(SIGN);
    private static final IntVector UPPER = powers(SIGN - 16);

    private RowGroups() {}

    private static IntVector powers(int ofFirst) {
        int[] powers = new int[LANES];
        for (int lane = 0; lane < LANES; lane++) {
            powers[lane] = 1 << (ofFirst - lane);
        }
        return IntVector.fromArray(INTS, powers, 0);
    }

    /**
     * Multiplies.
     *
     * @param choices for each four inputs two numbers, whose bits 0 to 15 are the lower bits of the
     *     lanes' choices, and bits 16 to 31 the upper ones
     * @param choice the index of the group's first choice
     * @param values for each four inputs two vectors
     * @param value the index of the group's first value
     * @param fours the number of groups of four inputs, at least one
     * @param x of each four inputs, as bits: the first, the first xor the second, the third, the
     *     third xor the fourth
     * @param y takes the products
     * @param at the index of the first product in y
     */
    static void multiply(
            int[] choices,
            int choice,
            float[] values,
            int value,
            int fours,
            int[] x,
            float[] y,
            int at) {
        FloatVector a = FloatVector.zero(SPECIES);
        FloatVector b = FloatVector.zero(SPECIES);
        int i = 0;
        do {
            IntVector first = IntVector.broadcast(INTS, x[4 * i]);
            IntVector toSecond = IntVector.broadcast(INTS, x[4 * i + 1]);
            IntVector third = IntVector.broadcast(INTS, x[4 * i + 2]);
            IntVector toFourth = IntVector.broadcast(INTS, x[4 * i + 3]);
            int from = value + 2 * i * LANES;
            IntVector aBits = IntVector.broadcast(INTS, choices[choice + 2 * i]);
            IntVector aLower = aBits.mul(LOWER).lanewise(VectorOperators.ASHR, SIGN);
            IntVector aUpper = aBits.mul(UPPER).lanewise(VectorOperators.ASHR, SIGN);
            IntVector aLow = first.lanewise(VectorOperators.XOR, toSecond.and(aLower));
            IntVector aHigh = third.lanewise(VectorOperators.XOR, toFourth.and(aLower));
            IntVector aChosen =
                    aLow.lanewise(
                            VectorOperators.XOR,
                            aLow.lanewise(VectorOperators.XOR, aHigh).and(aUpper));
            a = aChosen.reinterpretAsFloats().fma(FloatVector.fromArray(SPECIES, values, from), a);
            IntVector bBits = IntVector.broadcast(INTS, choices[choice + 2 * i + 1]);
            IntVector bLower = bBits.mul(LOWER).lanewise(VectorOperators.ASHR, SIGN);
            IntVector bUpper = bBits.mul(UPPER).lanewise(VectorOperators.ASHR, SIGN);
            IntVector bLow = first.lanewise(VectorOperators.XOR, toSecond.and(bLower));
            IntVector bHigh = third.lanewise(VectorOperators.XOR, toFourth.and(bLower));
            IntVector bChosen =
                    bLow.lanewise(
                            VectorOperators.XOR,
                            bLow.lanewise(VectorOperators.XOR, bHigh).and(bUpper));
            b =
                    bChosen.reinterpretAsFloats()
                            .fma(FloatVector.fromArray(SPECIES, values, from + LANES), b);
        } while (++i < fours);
        a.add(b).intoArray(y, at);
    }
}
