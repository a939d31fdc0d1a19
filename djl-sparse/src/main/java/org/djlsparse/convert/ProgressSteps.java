package org.djlsparse.convert;

import ai.djl.util.Progress;

import org.jspecify.annotations.Nullable;

/** Tells a progress bar of groups of layers that are done; or nobody. */
record ProgressSteps(@Nullable Progress progress) {

    void begin(int steps) {
        if (progress != null) {
            progress.reset("AdaPrune", steps);
            progress.start(0);
        }
    }

    void step() {
        if (progress != null) {
            progress.increment(1);
        }
    }

    void end() {
        if (progress != null) {
            progress.end();
        }
    }
}
