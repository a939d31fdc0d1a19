package org.djlsparse.internal.cpu;

import java.util.List;

/**
 * Where the operands of a product lie in a panel: channel by channel, of each channel one segment
 * for each source, and a tap's operand a shift behind the beginning of its source's segment.
 *
 * @param window how many positions a panel has, at most
 * @param halo how many more floats a segment has room for: at least the largest shift
 * @param sources the number of sources
 * @param sourceOf which source each tap reads
 * @param shifts how many floats behind a position each tap's operand is, at least 0
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

    /** The largest shift: how many more operands than positions a panel has. */
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

    /** Where a tap's operand is, from where its channel begins. */
    int place(int tap) {
        return sourceOf.get(tap) * segment() + shifts.get(tap);
    }
}
