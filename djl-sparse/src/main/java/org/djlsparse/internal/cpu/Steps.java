package org.djlsparse.internal.cpu;

/**
 * Maps the rows, or columns, of a grid to those of an image: row t of the grid is row {@code step *
 * t + offset} of the image, if the image has it.
 *
 * @param step the distance between two rows in the image, at least 1
 * @param offset the row of the image at which the grid begins, which may lie outside
 * @param size the number of rows of the image
 */
record Steps(int step, int offset, int size) {

    /** The row of the image for a row of the grid. */
    int at(int t) {
        return step * t + offset;
    }

    /** The first row of the grid that the image has. */
    int first() {
        return Math.max(0, Math.floorDiv(step - 1 - offset, step));
    }

    /** The row of the grid after the last one that the image has. It may be before the first. */
    int end() {
        return Math.floorDiv(size - 1 - offset, step) + 1;
    }
}
