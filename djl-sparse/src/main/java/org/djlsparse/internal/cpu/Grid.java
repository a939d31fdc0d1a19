package org.djlsparse.internal.cpu;

import java.util.Collection;

/**
 * The positions of images in a panel: row by row, with room for the zeros that lie around each
 * image. What lies behind a row is what lies before the next one, so that rows share their zeros.
 *
 * <p>Groups of images stand side by side: their rows take turns. So small images have long rows,
 * and share the zeros between images, too.
 *
 * @param images the number of images
 * @param beside how many stand side by side
 * @param height the rows of an image, zeros included
 * @param width the floats of a row of one image, zeros included
 * @param results the rows of an image that have results; they come first
 */
record Grid(int images, int beside, int height, int width, int results) {

    /** How long the rows of images side by side are to be. */
    private static final int ROW = 64;

    private static final int MOST = 1 << 30;

    /**
     * Creates a grid.
     *
     * @throws IllegalArgumentException if it has more positions than an int counts
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

    /** How many positions there are, up to the last one that may have a result. */
    int positions() {
        if (images == 0) {
            return 0;
        }
        int groups = (images + beside - 1) / beside;
        return ((groups - 1) * height + results) * rowStride();
    }

    /**
     * How long a grid is in one direction.
     *
     * @param results the rows that have results
     * @param shift how many rows behind it a result reads
     * @param sources what is read
     */
    static int length(int results, int shift, Collection<Steps> sources) {
        int zeros = Integer.MAX_VALUE;
        int end = 0;
        for (Steps steps : sources) {
            zeros = Math.min(zeros, steps.first());
            end = Math.max(end, Math.min(results + shift, steps.end()));
        }
        // What a result reads behind the end are the next image's first rows.
        return Math.max(Math.max(results, end), results + shift - Math.min(shift, zeros));
    }
}
