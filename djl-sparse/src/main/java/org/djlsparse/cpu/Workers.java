package org.djlsparse.cpu;

import org.jspecify.annotations.Nullable;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntConsumer;

/** Threads that work on one product together. Safe for use by several threads. */
public interface Workers {

    /** The calling thread alone. */
    Workers NONE =
            new Workers() {
                @Override
                public int getCount() {
                    return 1;
                }

                @Override
                public void run(Runnable work) {
                    work.run();
                }
            };

    /**
     * Returns how many threads work, the calling one included.
     *
     * @return at least 1
     */
    int getCount();

    /**
     * Runs work on all threads at the same time, and returns when the last one is done.
     *
     * @param work what each runs; does not throw
     */
    void run(Runnable work);

    /**
     * Does a number of tasks, each once, on whichever thread is free.
     *
     * @param tasks how many
     * @param task does the task of a number, from 0; what it throws is thrown here, and ends the
     *     others early
     */
    default void forEach(int tasks, IntConsumer task) {
        AtomicInteger next = new AtomicInteger();
        AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        Runnable work =
                () -> {
                    try {
                        for (int i = next.getAndIncrement();
                                i < tasks && failure.get() == null;
                                i = next.getAndIncrement()) {
                            task.accept(i);
                        }
                    } catch (Throwable t) {
                        failure.compareAndSet(null, t);
                    }
                };
        if (tasks == 1 || getCount() == 1) {
            work.run();
        } else {
            run(work);
        }
        Throwable thrown = failure.get();
        if (thrown instanceof Error error) {
            throw error;
        } else if (thrown != null) {
            throw (RuntimeException) thrown; // a consumer throws no other
        }
    }
}
