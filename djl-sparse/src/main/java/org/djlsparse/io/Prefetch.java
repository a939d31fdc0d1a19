package org.djlsparse.io;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.FutureTask;

/**
 * Does pieces of work ahead of time, on all processors, and hands out the results in order. No more
 * than a few results wait at a time. For one thread.
 */
final class Prefetch<T> implements AutoCloseable {

    private final long count;
    private final Work<T> work;
    private final int most;
    private final Queue<FutureTask<T>> pending = new ArrayDeque<>();
    private long started;
    private long taken;

    /** Does a piece of the work. */
    @FunctionalInterface
    interface Work<T> {

        /** Called by any thread, for several pieces at the same time. */
        T at(long index) throws IOException;
    }

    /** Starts nothing yet. */
    Prefetch(long count, Work<T> work) {
        this.count = count;
        this.work = work;
        most = Runtime.getRuntime().availableProcessors() + 1;
    }

    boolean hasNext() {
        return taken < count;
    }

    /** The next result, waited for if need be; only if there is one. */
    T next() throws IOException {
        while (started < count && pending.size() < most) {
            long index = started++;
            FutureTask<T> task = new FutureTask<>(() -> work.at(index));
            pending.add(task);
            ForkJoinPool.commonPool().execute(task);
        }
        FutureTask<T> task = pending.remove();
        taken++;
        task.run(); // at once and here, if no other thread has begun it
        try {
            return task.get();
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            if (cause instanceof IOException io) {
                throw io;
            }
            if (cause instanceof RuntimeException unchecked) {
                throw unchecked;
            }
            if (cause instanceof Error error) {
                throw error;
            }
            throw new IllegalStateException(cause);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted");
        }
    }

    /** Drops what has not been handed out. */
    @Override
    public void close() {
        pending.forEach(task -> task.cancel(false));
        pending.clear();
    }
}
