package org.djlsparse.internal.cpu;

import java.nio.FloatBuffer;

/** Reads the values of kept entries from a weight, and writes their gradients back. */
final class Values {

    /** The number of rows read at a time, so that short pieces of memory are read only once. */
    private static final int STRIP = 128;

    private Values() {}

    static void read(ColumnClasses classes, FloatBuffer weight, float[] values, Workers workers) {
        WeightView view = classes.view;
        int strips = (view.rows() + STRIP - 1) / STRIP;
        workers.forEach(strips, strip -> readStrip(classes, weight, values, strip * STRIP));
    }

    private static void readStrip(
            ColumnClasses classes, FloatBuffer weight, float[] values, int firstRow) {
        WeightView view = classes.view;
        int rows = Math.min(STRIP, view.rows() - firstRow);
        boolean byRows = view.rowStep() > view.channelStep(); // equal if there is one input alone
        // The steps of the strip: whole rows if these are contiguous, else a piece of each channel.
        int piece = byRows ? view.rowStep() : rows * view.rowStep();
        int pieces = byRows ? rows : view.channels();
        float[] strip = Scratch.get().operands(piece * pieces);
        int step = byRows ? view.rowStep() : view.channelStep();
        int base = firstRow * view.rowStep();
        for (int i = 0; i < pieces; i++) {
            weight.get(base + i * step, strip, i * piece, piece);
        }
        int[] columnPlaces = view.columnPlaces(byRows ? view.channelStep() : piece);
        int firstBlock = firstRow / ColumnClasses.BLOCK;
        int endBlock = ColumnClasses.blocksOf(firstRow + rows);
        for (int chunk = 0; chunk < classes.chunks; chunk++) {
            for (int block = firstBlock; block < endBlock; block++) {
                int at = chunk * classes.blocks + block;
                int blockBase = (block - firstBlock) * ColumnClasses.BLOCK * view.rowStep();
                for (int run = classes.firstRuns[at]; run < classes.firstRuns[at + 1]; run++) {
                    readRun(classes, run, strip, blockBase, columnPlaces, values);
                }
            }
        }
    }

    /**
     * Writes a block's values to their places. Other entries stay as they are.
     *
     * @param classes the order of the values
     * @param block the block
     * @param values the values of all blocks
     * @param rowStep the floats between two rows of the block
     * @param places the place of each packed column in a row
     * @param out takes the rows
     */
    static void writeBlock(
            ColumnClasses classes,
            int block,
            float[] values,
            int rowStep,
            int[] places,
            float[] out) {
        Runs runs = classes.runs;
        int width = runs.width();
        for (int chunk = 0; chunk < classes.chunks; chunk++) {
            int at = chunk * classes.blocks + block;
            for (int run = classes.firstRuns[at]; run < classes.firstRuns[at + 1]; run++) {
                for (int i = 0; i < width; i++) {
                    int row = Runs.row(runs.rows()[run], i);
                    if (row == Runs.NO_ROW) {
                        continue;
                    }
                    int from = row * rowStep;
                    for (int j = runs.starts()[run]; j < runs.starts()[run + 1]; j++) {
                        out[from + places[j]] = values[width * j + i];
                    }
                }
            }
        }
    }

    private static void readRun(
            ColumnClasses classes,
            int run,
            float[] strip,
            int base,
            int[] columnPlaces,
            float[] values) {
        Runs runs = classes.runs;
        int rows = runs.rows()[run];
        int start = runs.starts()[run];
        int end = runs.starts()[run + 1];
        int width = runs.width();
        if (width == 4 && Runs.row(rows, 3) != Runs.NO_ROW) {
            int step = classes.view.rowStep();
            int a = base + Runs.row(rows, 0) * step;
            int b = base + Runs.row(rows, 1) * step;
            int c = base + Runs.row(rows, 2) * step;
            int d = base + Runs.row(rows, 3) * step;
            for (int i = start; i < end; i++) {
                int place = columnPlaces[classes.columns[i]];
                values[4 * i] = strip[a + place];
                values[4 * i + 1] = strip[b + place];
                values[4 * i + 2] = strip[c + place];
                values[4 * i + 3] = strip[d + place];
            }
            return;
        }
        for (int j = 0; j < width; j++) {
            int row = Runs.row(rows, j);
            for (int i = start; i < end; i++) {
                int place = base + row * classes.view.rowStep() + columnPlaces[classes.columns[i]];
                values[width * i + j] = row == Runs.NO_ROW ? 0 : strip[place];
            }
        }
    }
}
