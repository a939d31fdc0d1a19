package org.djlsparse.mask;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/** Spreads numbered pieces of work over the common pool. */
final class Threads {

    private Threads() {}

    static int available() {
        return Runtime.getRuntime().availableProcessors();
    }

    static int check(int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException("threads " + threads + ": must be at least 1");
        }
        return threads;
    }

    /**
     * Runs pieces 0 to count - 1, each once, on at most the given number of threads.
     *
     * @param newWorker creates a worker for each thread, which may hold scratch arrays
     */
    static void forEach(int count, int threads, Supplier<? extends IntConsumer> newWorker) {
        int workers = Math.min(count, threads);
        if (workers <= 1) {
            IntConsumer worker = newWorker.get();
            for (int i = 0; i < count; i++) {
                worker.accept(i);
            }
            return;
        }
        AtomicInteger next = new AtomicInteger();
        IntStream.range(0, workers)
                .parallel()
                .forEach(
                        ignored -> {
                            IntConsumer worker = newWorker.get();
                            for (int i = next.getAndIncrement();
                                    i < count;
                                    i = next.getAndIncrement()) {
                                worker.accept(i);
                            }
                        });
    }
}
