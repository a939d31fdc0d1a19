package org.djlsparse.cpu;

import org.djlsparse.mask.Mask;

import java.nio.ByteBuffer;

/**
 * The kept entries of a matrix, in the order in which a kernel walks through them.
 *
 * <p>The matrix is cut into blocks of {@value #BLOCK} rows. Where a mask leaves at most four
 * entries in each column of a block, the columns that keep the same rows form a class. All columns
 * of a class read their operand and feed the same four rows: one load serves four multiply-adds,
 * with no branch and no gather. Transposable 2:4 has at most 36 classes a block, 4:8 has 70.
 *
 * <p>Columns are also cut into chunks, so that the operands of a chunk stay in the cache while all
 * blocks read them. Within a chunk, blocks stand one behind the other, within a block classes; a
 * class of a block and chunk is a run.
 *
 * <p>Immutable. Takes 8 bytes for each column of each block.
 */
final class ColumnClasses {

    /** Rows of a block. */
    static final int BLOCK = 8;

    final WeightView view;

    final int blocks;
    final int chunks;

    /** The channels of a chunk; the last one may have fewer. */
    final int chunkChannels;

    final Runs runs;

    /** The first run of each block, chunk by chunk, and the end of the last. */
    final int[] firstRuns;

    /** Which column of the matrix each packed column is. */
    final int[] columns;

    /**
     * Orders the kept entries of a matrix.
     *
     * @param mask the weight's mask
     * @param view the matrix
     * @param operands where the operands lie
     * @param maxChunkChannels how many channels of operands to keep in the cache
     * @throws IllegalArgumentException if a column keeps more than four rows of a block; names it
     */
    ColumnClasses(Mask mask, WeightView view, ColumnPlaces operands, int maxChunkChannels) {
        this.view = view;
        blocks = blocksOf(view.rows());
        chunks = Math.max(1, (view.channels() + maxChunkChannels - 1) / maxChunkChannels);
        chunkChannels = (view.channels() + chunks - 1) / chunks;
        int count = view.columns();
        byte[] kept = new byte[mask.getShape().size()];
        mask.writeBytes(ByteBuffer.wrap(kept), (byte) 1, (byte) 0);
        byte[] keys = new byte[blocks * count];
        int most = 0;
        for (int block = 0; block < blocks; block++) {
            most = Math.max(most, readKeys(kept, block, keys));
        }
        runs = Runs.empty(most <= 2 ? 2 : 4, countRuns(keys), blocks * count);
        firstRuns = new int[blocks * chunks + 1];
        columns = new int[blocks * count];
        fill(keys, operands);
    }

    static int blocksOf(int rows) {
        return (rows + BLOCK - 1) / BLOCK;
    }

    /** Reads which rows of a block each column keeps, a bit a row; returns the most of a column. */
    private int readKeys(byte[] kept, int block, byte[] keys) {
        int first = block * BLOCK;
        int rows = Math.min(BLOCK, view.rows() - first);
        int count = view.columns();
        int most = 0;
        for (int column = 0; column < count; column++) {
            int index = view.index(first, column);
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
    private void fill(byte[] keys, ColumnPlaces operands) {
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
                    int channel = column / view.taps().length;
                    columns[at] = column;
                    runs.places()[at] =
                            operands.place(
                                    channel - chunk * chunkChannels,
                                    column - channel * view.taps().length);
                }
            }
        }
        firstRuns[blocks * chunks] = run;
        runs.starts()[run] = packed;
    }

    int channelsOf(int chunk) {
        return Math.min(chunkChannels, view.channels() - chunk * chunkChannels);
    }
}
