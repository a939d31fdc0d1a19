package org.djlsparse.convert;

import ai.djl.util.Progress;

import org.jspecify.annotations.Nullable;

/** Reports converted groups of layers to a progress bar, if there is one. */
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
