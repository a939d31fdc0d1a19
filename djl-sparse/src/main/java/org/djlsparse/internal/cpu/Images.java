package org.djlsparse.internal.cpu;

import java.nio.FloatBuffer;

/**
 * Images, {@code [images, channels, height, width]} one behind the other.
 *
 * @param data the entries
 * @param count the number of images
 * @param channels the channels of each
 * @param height the rows of a channel
 * @param width the pixels of a row
 */
public record Images(FloatBuffer data, int count, int channels, int height, int width) {

    GridPanels on(Grid grid, Steps rows, Steps columns) {
        return new GridPanels(data, channels, grid, rows, columns);
    }
}
