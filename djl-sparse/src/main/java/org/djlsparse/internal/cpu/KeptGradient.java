package org.djlsparse.internal.cpu;

import org.djlsparse.mask.Mask;

import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;

/**
 * The gradient of a weight at the entries that its mask keeps: at 2:4 half the work of the whole
 * gradient.
 *
 * <p>Immutable and thread-safe.
 */
public final class KeptGradient {

    /** The most positions of a window. More positions mean fewer sums over lanes. */
    private static final int MAX_WINDOW = 512;

    /** The most and the fewest channels that a thread reads at a time. */
    private static final int MAX_CHANNELS = 128;

    private static final int MIN_CHANNELS = 32;

    /** The most blocks that a thread takes at a time. */
    private static final int MAX_BLOCKS = 16;

    /** Tasks for each thread, so that no thread waits long for the last one. */
    private static final int TASKS = 4;

    private final PanelOps ops;
    private final ColumnClasses classes;
    private final int[] places; // of each packed column within a row of the weight

    /** Creates a gradient of entries in the order of the forward product. */
    KeptGradient(PanelOps ops, ColumnClasses classes) {
        this.ops = ops;
        this.classes = classes;
        int[] ofColumns = classes.view.columnPlaces(classes.view.channelStep());
        places = new int[classes.columns.length];
        Arrays.setAll(places, i -> ofColumns[classes.columns[i]]);
    }

    /** The positions of a window: few if there are only few, so that chunks are larger. */
    static int windowOf(int positions) {
        return positions <= MAX_WINDOW / 2 ? MAX_WINDOW / 2 : MAX_WINDOW;
    }

    private static ColumnPlaces placesFor(int positions) {
        return ColumnPlaces.of(windowOf(positions), ColumnPlaces.GAP);
    }

    /**
     * Orders the entries that a mask keeps.
     *
     * @param ops the inner loops
     * @param mask the mask
     * @param view the weight as the matrix of the forward product, of one tap
     * @param positions the approximate number of positions
     * @return the gradient
     * @throws IllegalArgumentException if a column keeps more than four of eight rows; the message
     *     names it
     */
    static KeptGradient of(PanelOps ops, Mask mask, WeightView view, int positions) {
        int channels = Math.max(1, ColumnPlaces.CACHE / placesFor(positions).stride());
        return new KeptGradient(ops, new ColumnClasses(mask, view, channels));
    }

    /**
     * Computes the gradient: for each kept entry the sum over positions of the row's gradient times
     * the column's operand, in the same order on any number of threads.
     *
     * @param x the operands of the forward product
     * @param dy the gradient of its results
     * @param positions the number of positions of each channel
     * @param dw takes the gradient, in the weight's layout; zero at pruned entries
     * @param workers the threads
     */
    public void multiply(
            PanelSource x, PanelSource dy, int positions, FloatBuffer dw, Workers workers) {
        multiply(placesFor(positions), List.of(x), dy, positions, dw, workers);
    }

    /**
     * Computes the gradient for operands in any layout, from several sources.
     *
     * @param places the layout, whose window is whole vectors
     * @param x the operands
     */
    void multiply(
            ColumnPlaces places,
            List<? extends PanelSource> x,
            PanelSource dy,
            int positions,
            FloatBuffer dw,
            Workers workers) {
        Runs runs = classes.placed(places);
        int reach = places.reach();
        int window = places.window();
        int stride = places.stride();
        int dyStride = window + ColumnPlaces.GAP;
        WeightView view = classes.view;
        int lanes = ops.getLanes();
        int sumCount = runs.width() * classes.columns.length;
        float[] sums = Scratch.get().sums(sumCount);
        Arrays.fill(sums, 0, sumCount, 0);
        int xChannels = view.channels();
        int rows = classes.blocks * ColumnClasses.BLOCK;
        Scratch scratch = Scratch.get();
        float[] xs = scratch.operands(xChannels * stride);
        float[] dys = scratch.results(rows * dyStride);
        int tasks = TASKS * workers.getCount();
        int channelsAtOnce =
                Math.min(MAX_CHANNELS, Math.max(MIN_CHANNELS, (xChannels + view.rows()) / tasks));
        int most = (tasks + classes.chunks - 1) / classes.chunks;
        int parts =
                Math.max(
                        Math.min(most, classes.blocks),
                        (classes.blocks + MAX_BLOCKS - 1) / MAX_BLOCKS);
        int xParts = (xChannels + channelsAtOnce - 1) / channelsAtOnce;
        int dyParts = (view.rows() + channelsAtOnce - 1) / channelsAtOnce;
        int windows = (positions + window - 1) / window;
        int[] phases = new int[2 * windows + 1]; // reads and multiplies a window, and writes
        for (int i = 0; i < windows; i++) {
            phases[2 * i] = xParts + dyParts;
            phases[2 * i + 1] = classes.chunks * parts;
        }
        phases[2 * windows] = classes.blocks;
        workers.forEachInPhases(
                phases,
                (phase, task) -> {
                    if (phase == 2 * windows) {
                        writeBlock(task, sums, dw);
                        return;
                    }
                    int from = phase / 2 * window;
                    int vectors = (Math.min(window, positions - from) + lanes - 1) / lanes;
                    int length = vectors * lanes;
                    if (phase % 2 == 1) {
                        int chunk = task / parts;
                        int part = task % parts;
                        int firstBlock = (int) ((long) classes.blocks * part / parts);
                        int endBlock = (int) ((long) classes.blocks * (part + 1) / parts);
                        for (int block = firstBlock; block < endBlock; block++) {
                            int at = chunk * classes.blocks + block;
                            ops.multiplyTransposed(
                                    runs,
                                    sums,
                                    classes.firstRuns[at],
                                    classes.firstRuns[at + 1],
                                    dys,
                                    block * ColumnClasses.BLOCK * dyStride,
                                    dyStride,
                                    xs,
                                    chunk * classes.chunkChannels * stride,
                                    vectors);
                        }
                    } else if (task >= xParts) {
                        int channel = (task - xParts) * channelsAtOnce;
                        int channels = Math.min(channelsAtOnce, view.rows() - channel);
                        dy.load(from, length, channel, channels, dys, channel * dyStride, dyStride);
                    } else {
                        int channel = task * channelsAtOnce;
                        int channels = Math.min(channelsAtOnce, xChannels - channel);
                        for (int i = 0; i < x.size(); i++) {
                            int base = channel * stride + i * places.segment();
                            x.get(i)
                                    .load(
                                            from,
                                            length + reach,
                                            channel,
                                            channels,
                                            xs,
                                            base,
                                            stride);
                        }
                    }
                });
    }

    private void writeBlock(int block, float[] sums, FloatBuffer dw) {
        WeightView view = classes.view;
        int first = block * ColumnClasses.BLOCK;
        int rows = Math.min(ColumnClasses.BLOCK, view.rows() - first);
        int size = rows * view.rowStep();
        float[] out = Scratch.get().lines(size);
        Arrays.fill(out, 0, size, 0);
        Values.writeBlock(classes, block, sums, view.rowStep(), places, out);
        dw.put(first * view.rowStep(), out, 0, size);
    }
}
