package org.djlsparse.mask;

import java.util.Arrays;

/**
 * A weight seen as {@code rows x columns} matrices, one for each kernel tap.
 *
 * <p>Rows are outputs and columns are inputs. A linear weight {@code [out, in]} is one matrix. A
 * convolution's {@code [out, in, k1, k2, ...]} is one {@code out x in} matrix for each of the
 * {@code k1 * k2 * ...} taps, since both of its products, forward and input gradient, sum over
 * inputs or outputs tap by tap.
 *
 * @param rows the number of outputs
 * @param columns the number of inputs
 * @param taps the number of kernel positions; 1 for a linear weight
 */
public record WeightShape(int rows, int columns, int taps) {

    /**
     * Creates a shape.
     *
     * @throws IllegalArgumentException if a dimension is below 1 or the weight has more than {@code
     *     Integer.MAX_VALUE} entries
     */
    public WeightShape {
        checkedSize(rows, columns, taps);
    }

    /**
     * Creates the shape of a linear weight.
     *
     * @param rows the number of outputs
     * @param columns the number of inputs
     * @return the shape
     */
    public static WeightShape of(int rows, int columns) {
        return new WeightShape(rows, columns, 1);
    }

    /**
     * Creates the shape of a weight tensor.
     *
     * @param dimensions {@code [out, in]} or {@code [out, in, k1, ...]}
     * @return the shape
     * @throws IllegalArgumentException if there are fewer than two dimensions, one is below 1, or
     *     the tensor has more than {@code Integer.MAX_VALUE} entries
     */
    public static WeightShape of(long... dimensions) {
        if (dimensions.length < 2) {
            throw new IllegalArgumentException(
                    "weight of shape "
                            + Arrays.toString(dimensions)
                            + ": must be [out, in] or [out, in, k1, ...]");
        }
        int size = checkedSize(dimensions);
        int rows = (int) dimensions[0];
        int columns = (int) dimensions[1];
        return new WeightShape(rows, columns, size / rows / columns);
    }

    private static int checkedSize(long... dimensions) {
        long size = 1;
        for (long dimension : dimensions) {
            if (dimension < 1 || dimension > Integer.MAX_VALUE / size) {
                throw new IllegalArgumentException(
                        "weight of shape "
                                + Arrays.toString(dimensions)
                                + ": each dimension must be at least 1 and the size at most "
                                + Integer.MAX_VALUE);
            }
            size *= dimension;
        }
        return (int) size;
    }

    /**
     * Returns the number of entries.
     *
     * @return {@code rows * columns * taps}
     */
    public int size() {
        return rows * columns * taps;
    }

    /**
     * Returns the index of an entry in the tensor's row-major data.
     *
     * @param tap the kernel tap
     * @param row the output
     * @param column the input
     * @return the index
     */
    public int index(int tap, int row, int column) {
        return (row * columns + column) * taps + tap;
    }

    /**
     * Checks that data has one value for each entry.
     *
     * @param length the number of values
     * @throws IllegalArgumentException if the length is not {@link #size()}
     */
    public void checkLength(int length) {
        if (length != size()) {
            throw new IllegalArgumentException(
                    length + " weights for a shape of " + this + ", which has " + size());
        }
    }

    /**
     * Checks that each weight is finite. Cost: one pass.
     *
     * @param weights the weights, in the tensor's row-major order, {@link #size()} of them
     * @throws IllegalArgumentException if a weight is NaN or infinite; names the first one
     */
    public void checkFinite(float[] weights) {
        for (int index = 0; index < weights.length; index++) {
            if (!Float.isFinite(weights[index])) {
                throw new IllegalArgumentException(
                        "weight at row "
                                + index / taps / columns
                                + ", column "
                                + index / taps % columns
                                + (taps > 1 ? ", tap " + index % taps : "")
                                + " is "
                                + weights[index]
                                + ": must be finite");
            }
        }
    }

    @Override
    public String toString() {
        return taps == 1 ? rows + " x " + columns : rows + " x " + columns + " x " + taps + " taps";
    }
}
