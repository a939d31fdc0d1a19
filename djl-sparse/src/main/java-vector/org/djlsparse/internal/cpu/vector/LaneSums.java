package org.djlsparse.internal.cpu.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/**
 * Sums over the lanes of several contiguous vectors. Two vectors become one that has the sums of
 * their halves: from {@code aAbB} these are {@code aB + Ab}, of which the second is a load from the
 * middle. (A shuffle would be checked lane by lane. A shorter vector would be of another class,
 * after which C2 no longer knows the class of the first.) The order is always the same.
 */
final class LaneSums {

    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();

    /** The number of vectors for which there must be room behind those to sum. */
    static final int SPARE = 4;

    private static final VectorMask<Float> UPPER_HALF = from(LANES / 2);
    private static final VectorMask<Float> FROM_4 = from(4);
    private static final VectorMask<Float> FROM_8 = from(8);
    private static final VectorMask<Float> FROM_12 = from(12);

    private LaneSums() {}

    private static VectorMask<Float> from(int first) {
        boolean[] lanes = new boolean[LANES];
        for (int lane = 0; lane < LANES; lane++) {
            lanes[lane] = lane >= first;
        }
        return VectorMask.fromArray(SPECIES, lanes, 0);
    }

    /**
     * Adds the sum of each vector to an entry.
     *
     * @param vectors the vectors, with room for {@link #SPARE} more; changed
     * @param count the number of vectors
     * @param sums the entries to add to
     * @param at the index of the first vector's entry
     */
    static void addTo(float[] vectors, int count, float[] sums, int at) {
        int left = LANES;
        if (LANES > 4) {
            halve(vectors, count);
            left = LANES / 2;
        }
        if (LANES == 16) {
            halveAgain(vectors, count);
            left = 4;
        }
        if (left == 4) {
            for (int i = 0; i < count; i++) {
                sums[at + i] +=
                        (vectors[4 * i] + vectors[4 * i + 1])
                                + (vectors[4 * i + 2] + vectors[4 * i + 3]);
            }
            return;
        }
        for (int i = 0; i < count; i++) {
            float sum = vectors[left * i];
            for (int lane = 1; lane < left; lane++) {
                sum += vectors[left * i + lane];
            }
            sums[at + i] += sum;
        }
    }

    private static void halve(float[] vectors, int count) {
        for (int i = 0; i < count; i += 2) {
            FloatVector first = load(vectors, LANES * i);
            FloatVector middle = load(vectors, LANES * i + LANES / 2);
            FloatVector second = load(vectors, LANES * i + LANES);
            first.blend(second, UPPER_HALF).add(middle).intoArray(vectors, LANES / 2 * i);
        }
    }

    /** From {@code aAbBcCdD}, four floats each: {@code abcd + ABCD}. */
    private static void halveAgain(float[] vectors, int count) {
        for (int i = 0; i < count; i += 4) {
            FloatVector at0 = load(vectors, 8 * i);
            FloatVector at4 = load(vectors, 8 * i + 4);
            FloatVector at8 = load(vectors, 8 * i + 8);
            FloatVector at12 = load(vectors, 8 * i + 12);
            FloatVector at16 = load(vectors, 8 * i + 16);
            FloatVector lower = at0.blend(at4, FROM_4).blend(at8, FROM_8).blend(at12, FROM_12);
            FloatVector upper = at4.blend(at8, FROM_4).blend(at12, FROM_8).blend(at16, FROM_12);
            lower.add(upper).intoArray(vectors, 4 * i);
        }
    }

    private static FloatVector load(float[] vectors, int at) {
        return FloatVector.fromArray(SPECIES, vectors, at);
    }
}
