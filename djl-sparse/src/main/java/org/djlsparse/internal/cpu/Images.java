package org.djlsparse.internal.cpu;

import java.nio.FloatBuffer;

/**
 * Contiguous images, {@code [images, channels, height, width]}.
 *
 * @param data the entries
 * @param count the number of images
 * @param channels the number of channels of an image
 * @param height the number of rows of a channel
 * @param width the number of pixels of a row
 */
public record Images(FloatBuffer data, int count, int channels, int height, int width) {

    GridPanels on(Grid grid, Steps rows, Steps columns) {
        return new GridPanels(data, channels, grid, rows, columns);
    }
}
