package org.djlsparse.training;

import java.util.Arrays;

/** A schedule of refreshes at intervals that grow by a factor up to a limit. */
final class GrowingSchedule implements MaskSchedule {

    private static final double MIN_FACTOR = 1.01; // fewer than 4400 intervals before the limit

    private final long first;
    private final double factor;
    private final long max;
    private final long[] growing; // the steps of refreshes, until the interval is max

    GrowingSchedule(long first, double factor, long max) {
        if (first < 1) {
            throw new IllegalArgumentException(
                    "growing: first interval " + first + ": must be at least 1 step");
        }
        if (!(factor >= MIN_FACTOR && factor < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(
                    "growing: factor " + factor + ": must be a number from " + MIN_FACTOR + " on");
        }
        if (max < first) {
            throw new IllegalArgumentException(
                    "growing: max " + max + ": must be at least the first interval, " + first);
        }
        this.first = first;
        this.factor = factor;
        this.max = max;
        growing = growingSteps(first, factor, max);
    }

    private static long[] growingSteps(long first, double factor, long max) {
        long[] steps = new long[16];
        int count = 1;
        double interval = first;
        while (interval < max) {
            if (count == steps.length) {
                steps = Arrays.copyOf(steps, 2 * count);
            }
            long next = steps[count - 1] + (long) interval;
            if (next < 0) {
                break; // beyond any run
            }
            steps[count++] = next;
            interval *= factor;
        }
        return Arrays.copyOf(steps, count);
    }

    @Override
    public MaskAction at(TrainingPoint point) {
        long last = growing[growing.length - 1];
        boolean refresh =
                point.step() > last
                        ? (point.step() - last) % max == 0
                        : Arrays.binarySearch(growing, point.step()) >= 0;
        return refresh ? MaskAction.REFRESH : MaskAction.KEEP;
    }

    @Override
    public String toString() {
        return "at intervals growing from " + first + " by " + factor + " to " + max + " steps";
    }
}
