package org.djlsparse.cli.bench;

import java.util.ArrayList;
import java.util.List;

/** Measured times. */
final class Times {

    private final List<Double> seconds = new ArrayList<>();

    /** Returns the seconds since a {@link System#nanoTime()}. */
    static double since(long start) {
        return (System.nanoTime() - start) * 1e-9;
    }

    void add(double time) {
        seconds.add(time);
    }

    int count() {
        return seconds.size();
    }

    /** Returns the median; of two middle times, the longer. */
    double median() {
        return seconds.stream().sorted().skip(seconds.size() / 2).findFirst().orElseThrow();
    }
}
