package org.djlsparse.internal.cpu;

import java.util.List;

/**
 * The layout of a product's operands in a panel: channel by channel, with a segment of each channel
 * for each source. A tap's operand is a shift behind the beginning of its source's segment.
 *
 * @param window the most positions of a panel
 * @param halo the additional floats of a segment: at least the largest shift
 * @param sources the number of sources
 * @param sourceOf the source that each tap reads
 * @param shifts the number of floats by which each tap's operand is behind a position, at least 0
 */
record ColumnPlaces(
        int window, int halo, int sources, List<Integer> sourceOf, List<Integer> shifts) {

    /** The most floats of operands that a thread has in its cache at a time: half a megabyte. */
    static final int CACHE = 1 << 17;

    /** A halo that keeps channels from falling into the same lines of the cache. */
    static final int GAP = 16;

    /** One source, and one tap that reads a position's own operand. */
    static ColumnPlaces of(int window, int halo) {
        return new ColumnPlaces(window, halo, 1, List.of(0), List.of(0));
    }

    /** The largest shift: the number of operands of a panel beyond its positions. */
    int reach() {
        int largest = 0;
        for (int shift : shifts) {
            largest = Math.max(largest, shift);
        }
        return largest;
    }

    /** The floats of one channel and source. */
    int segment() {
        return window + halo;
    }

    /** The floats between two channels. */
    int stride() {
        return sources * segment();
    }

    /** The place of a tap's operand, counted from the beginning of its channel. */
    int place(int tap) {
        return sourceOf.get(tap) * segment() + shifts.get(tap);
    }
}
