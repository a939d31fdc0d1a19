package org.djlsparse.internal.cpu;

import java.util.Collection;

/**
 * The positions of images in a panel: row by row, with room for the zeros around each image. The
 * zeros behind a row are those before the next row, so that rows share them.
 *
 * <p>Groups of images are side by side: their rows alternate. So small images have long rows, and
 * share the zeros between images, too.
 *
 * @param images the number of images
 * @param beside the number of images side by side
 * @param height the rows of an image, zeros included
 * @param width the floats of a row of one image, zeros included
 * @param results the number of rows of an image that have results; these come first
 */
record Grid(int images, int beside, int height, int width, int results) {

    /** The intended length of rows of images side by side. */
    private static final int ROW = 64;

    private static final int MOST = 1 << 30;

    /**
     * Creates a grid.
     *
     * @throws IllegalArgumentException if it has more positions than fit an int
     */
    Grid {
        double all = (double) images + beside;
        all = all * height * width;
        if (all > MOST) {
            throw new IllegalArgumentException(
                    images
                            + " images of "
                            + height
                            + " x "
                            + width
                            + " positions: must be at most "
                            + MOST
                            + " positions in all");
        }
    }

    static Grid of(int images, int height, int width, int results) {
        int beside = Math.max(1, Math.min(images, ROW / width));
        return new Grid(images, beside, height, width, results);
    }

    /** The floats between two rows of an image. */
    int rowStride() {
        return beside * width;
    }

    /** The number of positions, up to the last that may have a result. */
    int positions() {
        if (images == 0) {
            return 0;
        }
        int groups = (images + beside - 1) / beside;
        return ((groups - 1) * height + results) * rowStride();
    }

    /**
     * Returns the length of a grid in one direction.
     *
     * @param results the number of rows that have results
     * @param shift the number of rows behind a result that it reads
     * @param sources the sources that are read
     */
    static int length(int results, int shift, Collection<Steps> sources) {
        int zeros = Integer.MAX_VALUE;
        int end = 0;
        for (Steps steps : sources) {
            zeros = Math.min(zeros, steps.first());
            end = Math.max(end, Math.min(results + shift, steps.end()));
        }
        // Behind the end a result reads the next image's first rows.
        return Math.max(Math.max(results, end), results + shift - Math.min(shift, zeros));
    }
}
