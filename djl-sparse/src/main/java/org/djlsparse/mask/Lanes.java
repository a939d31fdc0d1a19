package org.djlsparse.mask;

/**
 * Arithmetic on many tiles at once, one in each lane. The loops are short and free of branches and
 * of {@link Math#max(int, int)}, so that the compilers of JDK 17 and newer turn them into vector
 * instructions.
 */
final class Lanes {

    private Lanes() {}

    static void add(int[] to, int[] a, int[] b, int count) {
        for (int i = 0; i < count; i++) {
            to[i] = a[i] + b[i];
        }
    }

    /** Sets {@code to = max(a + b, c + d)}. */
    static void maxOfSums(int[] to, int[] a, int[] b, int[] c, int[] d, int count) {
        for (int i = 0; i < count; i++) {
            to[i] = max(a[i] + b[i], c[i] + d[i]);
        }
    }

    /** Returns the larger of two numbers whose difference is an int. */
    static int max(int a, int b) {
        int difference = a - b;
        return a - (difference & difference >> 31);
    }

    /** Returns the smaller of two numbers whose difference is an int. */
    static int min(int a, int b) {
        int difference = a - b;
        return b + (difference & difference >> 31);
    }
}
