package org.djlsparse.internal.cpu;

import java.nio.FloatBuffer;
import java.util.Arrays;

/**
 * Contiguous images, {@code [images, channels, height, width]}, on a grid. Positions of the grid
 * outside of the image are read as zero, and are not written.
 *
 * @param data the entries
 * @param channels the number of channels
 * @param grid the positions
 * @param rows the rows of an image that are rows of the grid
 * @param columns the columns of an image that are columns of the grid
 */
record GridPanels(FloatBuffer data, int channels, Grid grid, Steps rows, Steps columns)
        implements PanelSource, PanelTarget {

    /** The number of floats from which on a copy is faster than a loop. */
    private static final int BULK = 24;

    /**
     * Pieces of rows that are both in a panel and in the images.
     *
     * @param count the number of pieces
     * @param places the beginning of each piece in the first channel
     * @param panels the beginning of each piece in the panel
     * @param lengths the number of floats of each piece
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Pieces(int count, int[] places, int[] panels, int[] lengths) {}

    @Override
    public void load(
            int position,
            int positions,
            int channel,
            int channels,
            float[] panel,
            int base,
            int stride) {
        Pieces pieces = pieces(position, positions, channel);
        int step = columns.step();
        int plane = rows.size() * columns.size();
        for (int i = 0; i < channels; i++) {
            int from = base + i * stride;
            Arrays.fill(panel, from, from + positions, 0);
            for (int j = 0; j < pieces.count(); j++) {
                int place = pieces.places()[j] + i * plane;
                int at = from + pieces.panels()[j];
                int length = pieces.lengths()[j];
                if (step == 1 && length >= BULK) {
                    data.get(place, panel, at, length);
                } else {
                    for (int k = 0; k < length; k++) {
                        panel[at + k] = data.get(place + k * step);
                    }
                }
            }
        }
    }

    @Override
    public void store(
            int position, int positions, int channel, int channels, float[] panel, int stride) {
        Pieces pieces = pieces(position, positions, channel);
        int step = columns.step();
        int plane = rows.size() * columns.size();
        for (int i = 0; i < channels; i++) {
            for (int j = 0; j < pieces.count(); j++) {
                int place = pieces.places()[j] + i * plane;
                int at = i * stride + pieces.panels()[j];
                int length = pieces.lengths()[j];
                if (step == 1 && length >= BULK) {
                    data.put(place, panel, at, length);
                } else {
                    for (int k = 0; k < length; k++) {
                        data.put(place + k * step, panel[at + k]);
                    }
                }
            }
        }
    }

    private Pieces pieces(int position, int positions, int channel) {
        int most = positions / grid.width() + 2;
        Pieces pieces = new Pieces(0, new int[most], new int[most], new int[most]);
        int count = 0;
        int firstColumn = columns.first();
        int endColumn = Math.min(grid.width(), columns.end());
        int row = position / grid.width();
        int from = position - row * grid.width();
        int done = 0;
        while (done < positions) {
            int end = Math.min(grid.width(), from + positions - done);
            int first = Math.max(from, firstColumn);
            int length = Math.min(end, endColumn) - first;
            int place = length > 0 ? place(row, channel) : -1;
            if (place >= 0) {
                pieces.places()[count] = place + columns.at(first);
                pieces.panels()[count] = done + first - from;
                pieces.lengths()[count++] = length;
            }
            done += end - from;
            from = 0;
            row++;
        }
        return new Pieces(count, pieces.places(), pieces.panels(), pieces.lengths());
    }

    /** The beginning of the image's row of a row of the grid; below 0 if there is none. */
    private int place(int row, int channel) {
        int line = row / grid.beside();
        int group = line / grid.height();
        int image = group * grid.beside() + row % grid.beside();
        int y = rows.at(line - group * grid.height());
        if (image >= grid.images() || y < 0 || y >= rows.size()) {
            return -1;
        }
        return ((image * channels + channel) * rows.size() + y) * columns.size();
    }
}
