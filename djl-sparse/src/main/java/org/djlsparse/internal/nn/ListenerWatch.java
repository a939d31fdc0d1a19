package org.djlsparse.internal.nn;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notices training without a listener: many forward passes, and no end of a step. For one thread at
 * a time.
 */
final class ListenerWatch {

    private static final Logger logger = LoggerFactory.getLogger(ListenerWatch.class);

    /** More than one step's, even where it adds up the gradients of many batches. */
    private static final int MANY_PASSES = 100;

    private long passes; // since a step ended
    private boolean listened; // whether a listener was there at all

    /** Counts a training forward pass, and logs a warning if there were many. */
    void countPass() {
        passes++;
        if (passes == MANY_PASSES) {
            logger.warn(describe());
        }
    }

    /** Takes note of a listener: training begins with one, or it ends a step. */
    void noteListener() {
        passes = 0;
        listened = true;
    }

    boolean hasListener() {
        return listened;
    }

    /** Returns the warning; null if there is no reason for one. */
    @Nullable String getWarning() {
        return passes >= (listened ? MANY_PASSES : 1) ? describe() : null;
    }

    private String describe() {
        return passes
                + " training forward passes, but no listener was notified of a batch: masks are"
                + " not refreshed; add sparsifier.newListener() to the training config before"
                + " model.newTrainer(config)";
    }
}
