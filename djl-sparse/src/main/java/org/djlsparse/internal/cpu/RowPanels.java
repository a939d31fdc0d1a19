package org.djlsparse.internal.cpu;

import java.nio.FloatBuffer;
import java.util.Arrays;

/**
 * A matrix in row-major order: positions are its rows, channels its columns.
 *
 * @param data the entries
 * @param rows the number of rows
 * @param columns the number of columns
 */
public record RowPanels(FloatBuffer data, int rows, int columns)
        implements PanelSource, PanelTarget {

    /** Rows that are transposed at a time: a cache line of each column. */
    private static final int ROWS = 16;

    private static final int COLUMNS = 128;

    @Override
    public void load(
            int position,
            int positions,
            int channel,
            int channels,
            float[] panel,
            int base,
            int stride) {
        int there = Math.max(0, Math.min(positions, rows - position));
        for (int from = 0; from < channels; from += COLUMNS) {
            int count = Math.min(COLUMNS, channels - from);
            float[] lines = Scratch.get().lines(ROWS * COLUMNS);
            for (int row = 0; row < there; row += ROWS) {
                int some = Math.min(ROWS, there - row);
                for (int i = 0; i < some; i++) {
                    int at = (position + row + i) * columns + channel + from;
                    data.get(at, lines, i * COLUMNS, count);
                }
                if (some == ROWS) {
                    transpose(lines, count, panel, base + from * stride + row, stride);
                } else {
                    for (int i = 0; i < some; i++) {
                        for (int j = 0; j < count; j++) {
                            panel[base + (from + j) * stride + row + i] = lines[i * COLUMNS + j];
                        }
                    }
                }
            }
        }
        if (there < positions) {
            for (int i = 0; i < channels; i++) {
                int at = base + i * stride;
                Arrays.fill(panel, at + there, at + positions, 0);
            }
        }
    }

    /** Writes a line of each column, with all sixteen rows in flight. */
    private static void transpose(float[] lines, int count, float[] panel, int base, int stride) {
        for (int j = 0; j < count; j++) {
            int at = base + j * stride;
            panel[at] = lines[j];
            panel[at + 1] = lines[j + COLUMNS];
            panel[at + 2] = lines[j + 2 * COLUMNS];
            panel[at + 3] = lines[j + 3 * COLUMNS];
            panel[at + 4] = lines[j + 4 * COLUMNS];
            panel[at + 5] = lines[j + 5 * COLUMNS];
            panel[at + 6] = lines[j + 6 * COLUMNS];
            panel[at + 7] = lines[j + 7 * COLUMNS];
            panel[at + 8] = lines[j + 8 * COLUMNS];
            panel[at + 9] = lines[j + 9 * COLUMNS];
            panel[at + 10] = lines[j + 10 * COLUMNS];
            panel[at + 11] = lines[j + 11 * COLUMNS];
            panel[at + 12] = lines[j + 12 * COLUMNS];
            panel[at + 13] = lines[j + 13 * COLUMNS];
            panel[at + 14] = lines[j + 14 * COLUMNS];
            panel[at + 15] = lines[j + 15 * COLUMNS];
        }
    }

    @Override
    public void store(
            int position, int positions, int channel, int channels, float[] panel, int stride) {
        int block = COLUMNS / 2;
        float[] lines = Scratch.get().lines(positions * block);
        for (int from = 0; from < channels; from += block) {
            int count = Math.min(block, channels - from);
            for (int j = 0; j < count; j++) {
                int at = (from + j) * stride;
                for (int i = 0; i < positions; i++) {
                    lines[i * block + j] = panel[at + i];
                }
            }
            for (int i = 0; i < positions; i++) {
                data.put((position + i) * columns + channel + from, lines, i * block, count);
            }
        }
    }
}
