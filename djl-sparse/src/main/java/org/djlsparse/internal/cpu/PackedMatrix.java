package org.djlsparse.internal.cpu;

import org.djlsparse.mask.Mask;
import org.jspecify.annotations.Nullable;

import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;

/**
 * A masked weight, or its transpose, packed for products with panels.
 *
 * <p>The classes of its columns stay as long as the mask. {@link #withValues} only reads other
 * values. Thread-safe.
 */
public final class PackedMatrix {

    /** The most floats of results that a thread collects before it writes them. */
    private static final int RESULTS = 1 << 19;

    private final PanelOps ops;
    private final ColumnClasses classes;
    private final float[] values;

    private PackedMatrix(PanelOps ops, ColumnClasses classes, float[] values) {
        this.ops = ops;
        this.classes = classes;
        this.values = values;
    }

    /**
     * Orders the entries that a mask keeps. The matrix has no values yet.
     *
     * @param ops the inner loops
     * @param mask the mask
     * @param view the weight as a matrix, of one tap
     * @return the matrix
     * @throws IllegalArgumentException if a column keeps more than four of eight rows; the message
     *     names it
     */
    static PackedMatrix of(PanelOps ops, Mask mask, WeightView view) {
        int channels = Math.max(1, ColumnPlaces.CACHE / panel(ops).stride());
        return of(ops, new ColumnClasses(mask, view, channels));
    }

    /** Creates a matrix of entries in an order, without values. */
    static PackedMatrix of(PanelOps ops, ColumnClasses classes) {
        return new PackedMatrix(ops, classes, new float[0]);
    }

    /** The layout of a panel, which is one window. */
    private static ColumnPlaces panel(PanelOps ops) {
        return ColumnPlaces.of(ops.getMaxVectors() * ops.getLanes(), 0);
    }

    ColumnClasses getClasses() {
        return classes;
    }

    /**
     * Returns the same matrix with other values.
     *
     * @param weight the weight; pruned entries are not read
     * @param spare a matrix that is no longer used, whose memory may be used again; or null
     * @param workers the threads
     * @return the matrix
     */
    PackedMatrix withValues(FloatBuffer weight, @Nullable PackedMatrix spare, Workers workers) {
        int count = classes.runs.width() * classes.columns.length;
        float[] read =
                spare != null && spare.values.length == count ? spare.values : new float[count];
        Values.read(classes, weight, read, workers);
        return new PackedMatrix(ops, classes, read);
    }

    /**
     * Writes a block of the matrix with its zeros.
     *
     * @param block the block
     * @param out takes its rows, each with as many floats as the matrix has columns
     */
    void copyBlock(int block, float[] out) {
        int count = classes.view.columns();
        Arrays.fill(out, 0, ColumnClasses.BLOCK * count, 0);
        Values.writeBlock(classes, block, values, count, classes.columns, out);
    }

    /**
     * Multiplies by operands: each result is the sum over the columns of an entry times the
     * column's operand, in the same order on any number of threads.
     *
     * @param source the operands
     * @param positions the number of positions of each channel
     * @param target takes the results
     * @param bias a number to add to each row; null for none
     * @param workers the threads
     */
    public void multiply(
            PanelSource source,
            int positions,
            PanelTarget target,
            float @Nullable [] bias,
            Workers workers) {
        multiply(panel(ops), List.of(source), positions, target, bias, workers);
    }

    /**
     * Multiplies by operands in any layout, from several sources.
     *
     * @param places the layout, whose window is whole vectors
     * @param sources the operands
     */
    void multiply(
            ColumnPlaces places,
            List<? extends PanelSource> sources,
            int positions,
            PanelTarget target,
            float @Nullable [] bias,
            Workers workers) {
        if (positions == 0) {
            return;
        }
        Runs runs = classes.placed(places);
        int lanes = ops.getLanes();
        int window = places.window() / lanes;
        int vectors = (positions + lanes - 1) / lanes;
        int threads = workers.getCount();
        int windows = Math.max((vectors + window - 1) / window, Math.min(threads, vectors));
        if (windows < 4 * threads) {
            windows = Math.min(vectors, (windows + threads - 1) / threads * threads);
        }
        int blocks = classes.blocks;
        int perRange = Math.max(1, RESULTS / (ColumnClasses.BLOCK * window * lanes));
        int ranges = (blocks + perRange - 1) / perRange;
        int wanted = Math.min((threads + windows - 1) / windows, (blocks + 7) / 8);
        ranges = Math.max(ranges, wanted);
        int all = windows;
        int parts = ranges;
        workers.forEach(
                windows * ranges,
                task -> {
                    int index = task / parts;
                    int part = task % parts;
                    int first = (int) ((long) vectors * index / all);
                    int end = (int) ((long) vectors * (index + 1) / all);
                    int firstBlock = (int) ((long) blocks * part / parts);
                    int endBlock = (int) ((long) blocks * (part + 1) / parts);
                    int position = first * lanes;
                    int count = Math.min(positions, end * lanes) - position;
                    multiply(
                            runs,
                            places,
                            sources,
                            position,
                            count,
                            end - first,
                            firstBlock,
                            endBlock,
                            target,
                            bias);
                });
    }

    private void multiply(
            Runs runs,
            ColumnPlaces places,
            List<? extends PanelSource> sources,
            int position,
            int positions,
            int vectors,
            int firstBlock,
            int endBlock,
            PanelTarget target,
            float @Nullable [] bias) {
        int lanes = ops.getLanes();
        int stride = vectors * lanes;
        int firstRow = firstBlock * ColumnClasses.BLOCK;
        int rows = (endBlock - firstBlock) * ColumnClasses.BLOCK;
        Scratch scratch = Scratch.get();
        float[] y = scratch.results((rows + 1) * stride);
        fill(y, firstRow, rows, stride, bias);
        int none = rows * stride;
        int operandStride = places.stride();
        int reach = places.reach();
        float[] x = scratch.operands(classes.chunkChannels * operandStride);
        int panels = (vectors + ops.getMaxVectors() - 1) / ops.getMaxVectors();
        for (int chunk = 0; chunk < classes.chunks; chunk++) {
            for (int i = 0; i < sources.size(); i++) {
                sources.get(i)
                        .load(
                                position,
                                stride + reach,
                                chunk * classes.chunkChannels,
                                classes.channelsOf(chunk),
                                x,
                                i * places.segment(),
                                operandStride);
            }
            for (int panel = 0; panel < panels; panel++) {
                int from = vectors * panel / panels;
                int width = vectors * (panel + 1) / panels - from;
                for (int block = firstBlock; block < endBlock; block++) {
                    int run = chunk * classes.blocks + block;
                    ops.multiply(
                            runs,
                            values,
                            classes.firstRuns[run],
                            classes.firstRuns[run + 1],
                            x,
                            from * lanes,
                            y,
                            (block - firstBlock) * ColumnClasses.BLOCK * stride + from * lanes,
                            stride,
                            none,
                            width);
                }
            }
        }
        int there = Math.min(rows, classes.view.rows() - firstRow);
        target.store(position, positions, firstRow, there, y, stride);
    }

    private void fill(float[] y, int firstRow, int rows, int stride, float @Nullable [] bias) {
        if (bias == null) {
            Arrays.fill(y, 0, (rows + 1) * stride, 0);
            return;
        }
        for (int row = 0; row < rows; row++) {
            float value = firstRow + row < bias.length ? bias[firstRow + row] : 0;
            Arrays.fill(y, row * stride, (row + 1) * stride, value);
        }
        Arrays.fill(y, rows * stride, (rows + 1) * stride, 0);
    }
}
