package org.djlsparse.internal.cpu;

/**
 * The inner loops of a product, on vectors of the processor. Rows of panels are whole vectors.
 *
 * <p>Implementations are immutable and thread-safe.
 */
public interface PanelOps {

    /**
     * Returns the number of floats of a vector.
     *
     * @return the number, a power of two
     */
    int getLanes();

    /**
     * Returns the most vectors that a row of a panel may have.
     *
     * @return the number
     */
    int getMaxVectors();

    /**
     * Adds the product of a block with a panel to a panel of results. Each sum is in the order of
     * the runs.
     *
     * @param runs the runs
     * @param values its values, {@code width} for each packed column
     * @param firstRun the first run
     * @param endRun the run after the last
     * @param x the operands
     * @param xBase the index in x at which the panel begins
     * @param y the results
     * @param yBase the index in y at which the block's first row begins
     * @param yStride the floats between two rows
     * @param yNone the index in y for results that belong to no row
     * @param vectors the vectors of a row, at most {@link #getMaxVectors()}
     */
    void multiply(
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
            int vectors);

    /**
     * Adds to the gradient of a block's values: for each packed column and row of its class, the
     * product of the row's panel and the column's.
     *
     * @param runs the runs
     * @param sums the gradient, {@code width} for each packed column
     * @param firstRun the first run
     * @param endRun the run after the last
     * @param dy the gradient of the block's rows
     * @param dyBase the index in dy at which the block's first row begins
     * @param dyStride the floats between two rows
     * @param x the operands
     * @param xBase the index in x at which the panel begins
     * @param vectors the vectors of a row, any number
     */
    void multiplyTransposed(
            Runs runs,
            float[] sums,
            int firstRun,
            int endRun,
            float[] dy,
            int dyBase,
            int dyStride,
            float[] x,
            int xBase,
            int vectors);

    /**
     * Multiplies one row of inputs by a group of outputs, one in each lane. Each output keeps two
     * of every four inputs.
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
    void multiplyRow(
            int[] choices,
            int choice,
            float[] values,
            int value,
            int fours,
            int[] x,
            float[] y,
            int at);
}
