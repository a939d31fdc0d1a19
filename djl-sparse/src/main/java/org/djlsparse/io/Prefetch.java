package org.djlsparse.io;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.FutureTask;

/**
 * Does pieces of work ahead of time, on all processors, and hands out the results in order. No more
 * than a few results wait at a time. For one thread.
 *
 * @param <T> what a piece results in
 */
final class Prefetch<T> implements AutoCloseable {

    /** One thread takes the results, and cannot keep more than this many others busy. */
    private static final int MOST_AHEAD = 16;

    private final long count;
    private final Source<T> source;
    private final int most;
    private final Queue<FutureTask<T>> pending = new ArrayDeque<>();
    private final Queue<T> used = new ArrayDeque<>();
    private @Nullable T last;
    private long started;
    private long taken;

    /**
     * Begins pieces of the work.
     *
     * @param <T> what a piece results in
     */
    @FunctionalInterface
    interface Source<T> {

        /**
         * Begins a piece: called in order, by the thread that takes the results.
         *
         * @param index the number of the piece, from 0 on
         * @param used a result that is no longer needed, whose arrays may serve again; null if
         *     there is none
         * @return what is left to do of it, by any thread, at the same time as other pieces
         * @throws IOException if reading fails; thrown on when it is the piece's turn
         */
        Callable<T> begin(long index, @Nullable T used) throws IOException;
    }

    /**
     * Prepares the work, and starts nothing yet.
     *
     * @param count the number of pieces
     * @param source begins them
     */
    Prefetch(long count, Source<T> source) {
        this(count, Integer.MAX_VALUE, source);
    }

    /**
     * Prepares the work, and starts nothing yet.
     *
     * @param count the number of pieces
     * @param most how many of them may be begun and not handed out, for large ones; at least 1
     * @param source begins them
     */
    Prefetch(long count, int most, Source<T> source) {
        this.count = count;
        this.source = source;
        int ahead = Math.min(MOST_AHEAD, Runtime.getRuntime().availableProcessors() + 1);
        this.most = Math.min(most, ahead);
    }

    /**
     * Returns whether a piece is left.
     *
     * @return true if so
     */
    boolean hasNext() {
        return taken < count;
    }

    /**
     * Returns the next result, only if {@link #hasNext()}. While it is not there yet, the thread
     * helps with those after it.
     *
     * @return the result, which the next call may hand to {@link Source#begin} to be filled anew
     * @throws IOException if the piece ended with one
     */
    T next() throws IOException {
        if (last != null) {
            used.add(last);
            last = null;
        }
        while (started < count && pending.size() < most) {
            FutureTask<T> task = new FutureTask<>(begin(started++));
            pending.add(task);
            ForkJoinPool.commonPool().execute(task);
        }
        FutureTask<T> task = pending.element();
        for (FutureTask<T> ahead : pending) {
            if (task.isDone()) {
                break;
            }
            ahead.run(); // at once and here, if no other thread has begun it
        }
        pending.remove();
        taken++;
        try {
            T result = task.get();
            last = result;
            return result;
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

    private Callable<T> begin(long index) {
        try {
            return source.begin(index, used.poll());
        } catch (IOException | RuntimeException e) {
            // The pieces before it may have an error of their own, which comes first.
            started = count;
            return () -> {
                throw e;
            };
        }
    }

    /** Drops what has not been handed out. */
    @Override
    public void close() {
        pending.forEach(task -> task.cancel(false));
        pending.clear();
    }
}
