package org.djlsparse.internal.torch;

import java.io.Serializable;

/**
 * The sums of {@link LeastSquares} over some calls of a layer, on the heap, so that they can be
 * sent to another machine and added there. They are kept in bands, because a large layer's sums
 * exceed the size of a Java array of bytes. Memory: that of the sums. Not thread-safe.
 */
public final class NormalSums implements Serializable {

    private static final long serialVersionUID = 1;

    private final double[][] h;
    private final double[][] g;
    private final double[][] total;

    NormalSums(double[][] h, double[][] g, double[][] total) {
        this.h = h;
        this.g = g;
        this.total = total;
    }

    double[][] h() {
        return h;
    }

    double[][] g() {
        return g;
    }

    double[][] total() {
        return total;
    }

    /**
     * Adds the sums over other calls of the same layer. The result has the same bits on any
     * machine.
     *
     * @param other the other sums
     * @throws IllegalArgumentException if they are those of a layer of another size
     */
    public void add(NormalSums other) {
        add(h, other.h);
        add(g, other.g);
        add(total, other.total);
    }

    private static void add(double[][] sum, double[][] other) {
        boolean same = sum.length == other.length;
        for (int i = 0; same && i < sum.length; i++) {
            same = sum[i].length == other[i].length;
        }
        if (!same) {
            throw new IllegalArgumentException("sums: must be those of one layer");
        }
        for (int i = 0; i < sum.length; i++) {
            for (int j = 0; j < sum[i].length; j++) {
                sum[i][j] += other[i][j];
            }
        }
    }
}
