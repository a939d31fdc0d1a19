package org.djlsparse.internal.training;

import ai.djl.training.listener.TrainingListener;

/**
 * A notification that DJL is sending to its listeners in the current thread. DJL notifies them one
 * after the other, in the order in which they were added, and a listener cannot determine which
 * others were already notified.
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

    /** Returns whether a listener that handles this notification is on the current call stack. */
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
