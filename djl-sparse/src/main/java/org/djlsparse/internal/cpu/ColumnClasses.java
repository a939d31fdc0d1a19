package org.djlsparse.internal.cpu;

import org.djlsparse.mask.Mask;

import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The kept entries of a matrix, in the order in which a kernel processes them.
 *
 * <p>The matrix is cut into blocks of {@value #BLOCK} rows. If a mask leaves at most four entries
 * in each column of a block, the columns that keep the same rows form a class. All columns of a
 * class read their operand and feed the same four rows: one load serves four multiply-adds, without
 * a branch or a gather. Transposable 2:4 has at most 36 classes in a block, 4:8 has 70.
 *
 * <p>Columns are also cut into chunks, so that the operands of a chunk stay in the cache while all
 * blocks read them. A chunk is a sequence of blocks, a block a sequence of classes. A class of a
 * block and chunk is a run.
 *
 * <p>Thread-safe. Takes 4 bytes for each column of each block, and 4 more for each of the last few
 * layouts of operands.
 */
final class ColumnClasses {

    /** Rows of a block. */
    static final int BLOCK = 8;

    /** The number of layouts of operands that are remembered. */
    private static final int WAYS = 4;

    final WeightView view;

    final int blocks;
    final int chunks;

    /** The channels of a chunk. The last chunk may have fewer. */
    final int chunkChannels;

    /** The runs, without places: see {@link #placed}. */
    final Runs runs;

    /** The first run of each block, chunk by chunk, and the end of the last. */
    final int[] firstRuns;

    /** The column of the matrix of each packed column. */
    final int[] columns;

    private final Map<ColumnPlaces, Runs> placed =
            new LinkedHashMap<>(16, 0.75f, true) {
                @Override
                protected boolean removeEldestEntry(Map.Entry<ColumnPlaces, Runs> eldest) {
                    return size() > WAYS;
                }
            };

    /**
     * Orders the kept entries of a matrix.
     *
     * @param mask the weight's mask
     * @param view the matrix
     * @param maxChunkChannels the most channels of operands to keep in the cache
     * @throws IllegalArgumentException if a column keeps more than four rows of a block; the
     *     message names it
     */
    ColumnClasses(Mask mask, WeightView view, int maxChunkChannels) {
        this.view = view;
        blocks = blocksOf(view.rows());
        chunks = Math.max(1, (view.channels() + maxChunkChannels - 1) / maxChunkChannels);
        chunkChannels = (view.channels() + chunks - 1) / chunks;
        int count = view.columns();
        byte[] kept = new byte[mask.getShape().size()];
        mask.writeBytes(ByteBuffer.wrap(kept), (byte) 1, (byte) 0);
        byte[] keys = new byte[blocks * count];
        int[] entries = view.columnPlaces(view.channelStep());
        int most = 0;
        for (int block = 0; block < blocks; block++) {
            most = Math.max(most, readKeys(kept, entries, block, keys));
        }
        runs = Runs.empty(most <= 2 ? 2 : 4, countRuns(keys));
        firstRuns = new int[blocks * chunks + 1];
        columns = new int[blocks * count];
        fill(keys);
    }

    static int blocksOf(int rows) {
        return (rows + BLOCK - 1) / BLOCK;
    }

    /** Reads the rows of a block that each column keeps, as bits; returns the most of a column. */
    private int readKeys(byte[] kept, int[] entries, int block, byte[] keys) {
        int first = block * BLOCK;
        int rows = Math.min(BLOCK, view.rows() - first);
        int count = view.columns();
        int most = 0;
        for (int column = 0; column < count; column++) {
            int index = first * view.rowStep() + entries[column];
            int key = 0;
            for (int row = 0; row < rows; row++) {
                key |= kept[index + row * view.rowStep()] << row;
            }
            most = Math.max(most, Integer.bitCount(key));
            if (most > 4) {
                throw new IllegalArgumentException(
                        "column "
                                + column
                                + " keeps "
                                + most
                                + " of rows "
                                + first
                                + " to "
                                + (first + rows - 1)
                                + ": must be at most 4");
            }
            keys[block * count + column] = (byte) key;
        }
        return most;
    }

    private int firstColumn(int chunk) {
        return Math.min(view.channels(), chunk * chunkChannels) * view.taps().length;
    }

    private int countRuns(byte[] keys) {
        int runs = 0;
        for (int block = 0; block < blocks; block++) {
            for (int chunk = 0; chunk < chunks; chunk++) {
                boolean[] seen = new boolean[1 << BLOCK];
                for (int column = firstColumn(chunk); column < firstColumn(chunk + 1); column++) {
                    int key = keys[block * view.columns() + column] & 0xff;
                    runs += seen[key] ? 0 : 1;
                    seen[key] = true;
                }
            }
        }
        return runs;
    }

    /** Sorts the columns of each block and chunk by class, the lowest first. */
    private void fill(byte[] keys) {
        int run = 0;
        int packed = 0;
        int[] next = new int[1 << BLOCK];
        for (int chunk = 0; chunk < chunks; chunk++) {
            int begin = firstColumn(chunk);
            int end = firstColumn(chunk + 1);
            for (int block = 0; block < blocks; block++) {
                firstRuns[chunk * blocks + block] = run;
                int base = block * view.columns();
                int[] counts = new int[1 << BLOCK];
                for (int column = begin; column < end; column++) {
                    counts[keys[base + column] & 0xff]++;
                }
                for (int key = 0; key < counts.length; key++) {
                    if (counts[key] > 0) {
                        runs.rows()[run] = Runs.pack(key);
                        runs.starts()[run++] = packed;
                        next[key] = packed;
                        packed += counts[key];
                    }
                }
                for (int column = begin; column < end; column++) {
                    int at = next[keys[base + column] & 0xff]++;
                    columns[at] = column;
                }
            }
        }
        firstRuns[blocks * chunks] = run;
        runs.starts()[run] = packed;
    }

    /** The runs for a layout of operands. */
    Runs placed(ColumnPlaces operands) {
        synchronized (placed) {
            return placed.computeIfAbsent(operands, this::place);
        }
    }

    private Runs place(ColumnPlaces operands) {
        int taps = view.taps().length;
        int stride = operands.stride();
        int[] tapPlaces = new int[taps];
        for (int tap = 0; tap < taps; tap++) {
            tapPlaces[tap] = operands.place(tap);
        }
        int[] places = new int[columns.length];
        for (int chunk = 0; chunk < chunks; chunk++) {
            int first = chunk * chunkChannels;
            int from = runs.starts()[firstRuns[chunk * blocks]];
            int end = runs.starts()[firstRuns[(chunk + 1) * blocks]];
            for (int i = from; i < end; i++) {
                int channel = columns[i] / taps;
                places[i] = (channel - first) * stride + tapPlaces[columns[i] - channel * taps];
            }
        }
        return new Runs(runs.width(), runs.rows(), runs.starts(), places);
    }

    int channelsOf(int chunk) {
        return Math.min(chunkChannels, view.channels() - chunk * chunkChannels);
    }
}
