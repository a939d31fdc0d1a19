package org.djlsparse.internal.cpu;

import org.djlsparse.mask.Mask;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.mask.WeightShape;
import org.jspecify.annotations.Nullable;

import java.nio.FloatBuffer;

/**
 * A 2:4 weight in the form for products with few rows, whose time is that of reading the weight:
 * two values and two 2-bit indices for every four inputs, with as many outputs side by side as a
 * vector has lanes. Takes 8.5 bytes for every four inputs of an output; a dense weight takes 16.
 *
 * <p>Immutable and thread-safe.
 */
public final class RowMatrix {

    /** The most rows for which this is faster than panels, whose lanes are rows. */
    public static final int MAX_ROWS = 4;

    private static final NmPattern PATTERN = NmPattern.of(2, 4);
    private static final int GROUPS = 8; // of a task

    private final PanelOps ops;
    private final int outputs;
    private final int fours;
    private final int[] choices;
    private final float[] values;

    private RowMatrix(PanelOps ops, int outputs, int fours, int[] choices, float[] values) {
        this.ops = ops;
        this.outputs = outputs;
        this.fours = fours;
        this.choices = choices;
        this.values = values;
    }

    /**
     * Packs a weight.
     *
     * @param ops the inner loops
     * @param mask the weight's mask
     * @param weight the weight, packed for panels
     * @param workers the threads
     * @return the matrix; null if the mask is not a 2:4 mask of a linear weight that keeps exactly
     *     two of every four inputs
     */
    static @Nullable RowMatrix of(PanelOps ops, Mask mask, PackedMatrix weight, Workers workers) {
        WeightShape shape = mask.getShape();
        boolean full =
                mask.getPattern().equals(PATTERN)
                        && shape.taps() == 1
                        && shape.columns() % 4 == 0
                        && mask.isValidAlongRows()
                        && mask.getKeptCount() == shape.size() / 2;
        if (!full) {
            return null;
        }
        int lanes = ops.getLanes();
        int fours = shape.columns() / 4;
        int groups = (shape.rows() + lanes - 1) / lanes;
        int[] choices = new int[groups * fours * 2];
        float[] values = new float[groups * fours * 2 * lanes];
        int blocks = lanes / ColumnClasses.BLOCK; // of a group
        workers.forEach(
                groups,
                group -> {
                    float[] rows = Scratch.get().lines(ColumnClasses.BLOCK * shape.columns());
                    for (int i = 0; i < blocks; i++) {
                        int first = group * lanes + i * ColumnClasses.BLOCK;
                        if (first < shape.rows()) {
                            weight.copyBlock(first / ColumnClasses.BLOCK, rows);
                        }
                        int end = Math.min(shape.rows(), first + ColumnClasses.BLOCK);
                        for (int output = first; output < end; output++) {
                            packRow(
                                    mask,
                                    output,
                                    rows,
                                    (output - first) * shape.columns(),
                                    group * fours * 2,
                                    lanes,
                                    choices,
                                    values);
                        }
                    }
                });
        return new RowMatrix(ops, shape.rows(), fours, choices, values);
    }

    private static void packRow(
            Mask mask,
            int output,
            float[] rows,
            int row,
            int first,
            int lanes,
            int[] choices,
            float[] values) {
        int lane = output % lanes;
        int packed = first;
        for (int input = 0; input < mask.getShape().columns(); input++) {
            if (mask.isKept(0, output, input)) {
                values[packed * lanes + lane] = rows[row + input];
                choices[packed] |= (input & 1) << lane | (input >> 1 & 1) << (16 + lane);
                packed++;
            }
        }
    }

    /**
     * Multiplies by rows.
     *
     * @param x the rows, with an entry for each input
     * @param rows the number of rows
     * @param y takes the products, row by row, with an entry for each output
     * @param bias a number to add to each output; null for none
     * @param workers the threads
     */
    public void multiply(
            FloatBuffer x, int rows, FloatBuffer y, float @Nullable [] bias, Workers workers) {
        int lanes = ops.getLanes();
        int groups = (outputs + lanes - 1) / lanes;
        int[][] bits = new int[rows][];
        for (int row = 0; row < rows; row++) {
            bits[row] = bitsOf(x, row);
        }
        float[][] results = new float[rows][groups * lanes];
        workers.forEach(
                (groups + GROUPS - 1) / GROUPS,
                part -> {
                    int end = Math.min(groups, (part + 1) * GROUPS);
                    for (int group = part * GROUPS; group < end; group++) {
                        int first = group * fours * 2;
                        for (int row = 0; row < rows; row++) {
                            ops.multiplyRow(
                                    choices,
                                    first,
                                    values,
                                    first * lanes,
                                    fours,
                                    bits[row],
                                    results[row],
                                    group * lanes);
                        }
                    }
                });
        for (int row = 0; row < rows; row++) {
            if (bias != null) {
                for (int i = 0; i < outputs; i++) {
                    results[row][i] += bias[i];
                }
            }
            y.put(row * outputs, results[row], 0, outputs);
        }
    }

    /** For every four inputs the first, its bits xor the second's, and so for the other two. */
    private int[] bitsOf(FloatBuffer x, int row) {
        int[] bits = new int[4 * fours];
        for (int i = 0; i < bits.length; i += 2) {
            bits[i] = Float.floatToRawIntBits(x.get(row * bits.length + i));
            bits[i + 1] = bits[i] ^ Float.floatToRawIntBits(x.get(row * bits.length + i + 1));
        }
        return bits;
    }
}
