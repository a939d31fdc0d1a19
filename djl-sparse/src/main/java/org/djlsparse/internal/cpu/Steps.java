package org.djlsparse.internal.cpu;

/**
 * Which rows of an image the rows of a grid are, or which columns: row t of the grid is row {@code
 * step * t + offset} of the image, if there is one.
 *
 * @param step how far apart they are in the image, at least 1
 * @param offset the row of the image that the grid begins with; it may be outside
 * @param size the rows of the image
 */
record Steps(int step, int offset, int size) {

    /** The row of the image. */
    int at(int t) {
        return step * t + offset;
    }

    /** The first row of the grid that the image has. */
    int first() {
        return Math.max(0, Math.floorDiv(step - 1 - offset, step));
    }

    /** The row of the grid behind the last one that the image has; it may be before the first. */
    int end() {
        return Math.floorDiv(size - 1 - offset, step) + 1;
    }
}
