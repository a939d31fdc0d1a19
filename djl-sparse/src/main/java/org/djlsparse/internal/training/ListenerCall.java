package org.djlsparse.internal.training;

import ai.djl.training.listener.TrainingListener;

/**
 * What DJL is telling its listeners at the moment, in this thread. It tells one after the other, in
 * the order in which they were added, and nobody knows from within one who has heard already.
 */
enum ListenerCall {
    TRAINING_BATCH("onTrainingBatch"),
    EPOCH("onEpoch");

    private static final StackWalker STACK =
            StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE);

    private final String method;

    ListenerCall(String method) {
        this.method = method;
    }

    /** Whether the caller was called, on whatever way, by a listener that is being told this. */
    boolean isRunning() {
        return STACK.walk(
                frames ->
                        frames.anyMatch(
                                frame ->
                                        frame.getMethodName().equals(method)
                                                && TrainingListener.class.isAssignableFrom(
                                                        frame.getDeclaringClass())));
    }
}
