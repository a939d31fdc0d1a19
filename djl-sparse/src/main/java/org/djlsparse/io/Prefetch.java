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
 * Works on pieces ahead of time, on all processors, and returns the results in order. Only a few
 * results wait at a time. Not thread-safe.
 *
 * @param <T> the result of a piece
 */
final class Prefetch<T> implements AutoCloseable {

    /** The thread that takes the results cannot keep more than this many others busy. */
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
     * @param <T> the result of a piece
     */
    @FunctionalInterface
    interface Source<T> {

        /**
         * Begins a piece. Called in order, by the thread that takes the results.
         *
         * @param index the index of the piece
         * @param used a result that is no longer needed, whose arrays may be used again; null if
         *     there is none
         * @return the rest of the work, for any thread, at the same time as other pieces
         * @throws IOException if reading fails; {@link #next} throws it when it is the piece's turn
         */
        Callable<T> begin(long index, @Nullable T used) throws IOException;
    }

    /**
     * Prepares the work, but starts nothing yet.
     *
     * @param count the number of pieces
     * @param source begins them
     */
    Prefetch(long count, Source<T> source) {
        this(count, Integer.MAX_VALUE, source);
    }

    /**
     * Prepares the work, but starts nothing yet.
     *
     * @param count the number of pieces
     * @param most the most pieces that may be begun and not yet returned, at least 1; bounds the
     *     memory of large pieces
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
     * @return {@code true} if {@link #next} has another result
     */
    boolean hasNext() {
        return taken < count;
    }

    /**
     * Returns the next result, if {@link #hasNext()}. While it is not ready, the calling thread
     * works on later pieces.
     *
     * @return the result, which the next call may hand to {@link Source#begin} to be used again
     * @throws IOException if the piece failed with it
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
            // An error of an earlier piece comes first.
            started = count;
            return () -> {
                throw e;
            };
        }
    }

    /** Drops the pieces that have not been returned. */
    @Override
    public void close() {
        pending.forEach(task -> task.cancel(false));
        pending.clear();
    }
}
