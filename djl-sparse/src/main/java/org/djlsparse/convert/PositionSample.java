package org.djlsparse.convert;

import org.jspecify.annotations.Nullable;

import java.util.stream.LongStream;

/**
 * Chooses some of the positions of a layer, evenly and at no regular distance: one that went with
 * the length of a sentence or of an image's row would always see the same places.
 */
final class PositionSample {

    // Multiples of the golden ratio lie as evenly in the unit interval as can be.
    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

    private final double share;
    private long seen;

    /**
     * Creates a sample.
     *
     * @param positions how many there will be
     * @param limit about how many to choose
     */
    PositionSample(long positions, long limit) {
        share = positions == 0 ? 1 : (double) limit / positions;
    }

    /**
     * Chooses among the next positions.
     *
     * @param count how many there are
     * @return the places of those chosen among them; null for all
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
