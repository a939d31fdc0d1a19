package org.djlsparse.convert;

import org.jspecify.annotations.Nullable;

import java.util.stream.LongStream;

/**
 * Chooses some of the positions of a layer, evenly but not at a constant distance: a distance that
 * divides the length of a sentence or of an image's row would always choose the same places.
 */
final class PositionSample {

    // Multiples of the golden ratio, modulo 1, are distributed evenly in the unit interval.
    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

    private final double share;
    private long seen;

    /**
     * Creates a sample of all positions.
     *
     * @param positions the total number of positions
     * @param limit the approximate number of positions to choose
     */
    PositionSample(long positions, long limit) {
        this(positions, limit, 0);
    }

    /**
     * Creates the part of a sample that begins at some position.
     *
     * @param positions the total number of positions
     * @param limit the approximate number of positions to choose from all
     * @param first the number of positions before the part
     */
    PositionSample(long positions, long limit, long first) {
        share = positions == 0 ? 1 : (double) limit / positions;
        seen = first;
    }

    /**
     * Chooses among the next positions.
     *
     * @param count the number of the next positions
     * @return the indices of the chosen ones among them; null for all
     */
    long @Nullable [] next(long count) {
        long first = seen;
        seen += count;
        if (share >= 1) {
            return null;
        }
        return LongStream.range(0, count).filter(i -> isChosen(first + i)).toArray();
    }

    private boolean isChosen(long position) {
        return ((position * GOLDEN) >>> 11) * 0x1p-53 < share;
    }
}
