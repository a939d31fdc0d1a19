package org.djlsparse.cpu;

import org.jspecify.annotations.Nullable;

import java.nio.FloatBuffer;
import java.util.Arrays;

/**
 * A packed matrix in the form for products with few rows, which wait for the matrix's memory: the
 * values of a run stand row by row, and a column takes two bytes beside them.
 *
 * <p>Immutable, and safe for use by several threads.
 */
public final class RowMatrix {

    /** The most rows for which this is faster than panels, which have a vector's lanes of rows. */
    public static final int MAX_ROWS = 3;

    private static final int MAX_COLUMNS = Character.MAX_VALUE + 1;
    private static final int BLOCKS = 16;

    private final PanelOps ops;
    private final ColumnClasses classes;
    private final char[] columns;
    private final float[] values;

    private RowMatrix(PanelOps ops, ColumnClasses classes, char[] columns, float[] values) {
        this.ops = ops;
        this.classes = classes;
        this.columns = columns;
        this.values = values;
    }

    /** Reorders a packed matrix; null if it has too many columns. */
    static @Nullable RowMatrix of(PanelOps ops, ColumnClasses classes, float[] values) {
        if (classes.view.columns() > MAX_COLUMNS) {
            return null;
        }
        char[] columns = new char[classes.columns.length];
        for (int i = 0; i < columns.length; i++) {
            columns[i] = (char) classes.columns[i];
        }
        Runs runs = classes.runs;
        int width = runs.width();
        float[] reordered = new float[values.length];
        for (int run = 0; run < runs.rows().length; run++) {
            int start = runs.starts()[run];
            int count = runs.starts()[run + 1] - start;
            for (int i = 0; i < width; i++) {
                for (int j = 0; j < count; j++) {
                    reordered[width * start + i * count + j] = values[width * (start + j) + i];
                }
            }
        }
        return new RowMatrix(ops, classes, columns, reordered);
    }

    /**
     * Multiplies by rows.
     *
     * @param x the rows, {@code [rows, columns]} one behind the other
     * @param rows how many
     * @param y takes the products, {@code [rows, the matrix's rows]}
     * @param bias what to add to each row of the matrix; null for nothing
     * @param workers multiply together
     */
    public void multiply(
            FloatBuffer x, int rows, FloatBuffer y, float @Nullable [] bias, Workers workers) {
        int inputs = classes.view.columns();
        int outputs = classes.view.rows();
        float[][] operands = new float[rows][inputs];
        float[][] results = new float[rows][classes.blocks * ColumnClasses.BLOCK];
        for (int row = 0; row < rows; row++) {
            x.get(row * inputs, operands[row]);
        }
        int parts = (classes.blocks + BLOCKS - 1) / BLOCKS;
        workers.forEach(
                parts,
                part -> {
                    int end = Math.min(classes.blocks, (part + 1) * BLOCKS);
                    for (int block = part * BLOCKS; block < end; block++) {
                        multiplyBlock(block, operands, results);
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

    private void multiplyBlock(int block, float[][] operands, float[][] results) {
        float[] sums = new float[ColumnClasses.BLOCK];
        for (int row = 0; row < operands.length; row++) {
            Arrays.fill(sums, 0);
            for (int chunk = 0; chunk < classes.chunks; chunk++) {
                int at = chunk * classes.blocks + block;
                ops.multiplyRow(
                        classes.runs,
                        columns,
                        values,
                        classes.firstRuns[at],
                        classes.firstRuns[at + 1],
                        operands[row],
                        sums);
            }
            System.arraycopy(
                    sums, 0, results[row], block * ColumnClasses.BLOCK, ColumnClasses.BLOCK);
        }
    }
}
