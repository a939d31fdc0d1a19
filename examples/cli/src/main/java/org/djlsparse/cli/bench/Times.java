package org.djlsparse.cli.bench;

import java.util.ArrayList;
import java.util.List;

/** Collects times, in the order in which they were taken. */
final class Times {

    private final List<Double> seconds = new ArrayList<>();

    void add(double time) {
        seconds.add(time);
    }

    int count() {
        return seconds.size();
    }

    /** The median; the longer of the middle two. */
    double median() {
        return seconds.stream().sorted().skip(seconds.size() / 2).findFirst().orElseThrow();
    }
}
