package org.djlsparse.internal.nn;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A detector of training without a listener: many forward passes, but no end of a step. Not
 * thread-safe.
 */
final class ListenerWatch {

    private static final Logger logger = LoggerFactory.getLogger(ListenerWatch.class);

    /**
     * More forward passes than a step has, even if it accumulates the gradients of many batches.
     */
    private static final int MANY_PASSES = 100;

    private long passes; // since the last step ended
    private boolean listened; // whether there has been a listener at all

    /** Counts a training forward pass, and logs a warning once there have been many. */
    void countPass() {
        passes++;
        if (passes == MANY_PASSES) {
            logger.warn(describe());
        }
    }

    /** Records that a listener exists: it has begun training or ended a step. */
    void noteListener() {
        passes = 0;
        listened = true;
    }

    boolean hasListener() {
        return listened;
    }

    /** Returns the warning, or null if there is no reason for one. */
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
