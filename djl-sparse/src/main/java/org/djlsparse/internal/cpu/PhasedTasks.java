package org.djlsparse.internal.cpu;

import org.jspecify.annotations.Nullable;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Tasks that any number of threads do together, phase after phase. Tasks are taken in order, so
 * that a thread that waits for the end of a phase waits only for tasks that other threads work on.
 */
final class PhasedTasks implements Runnable {

    private static final int SPINS = 1000; // then others may need the processor more

    private final int[] starts; // of each phase, and the end of the last
    private final Workers.PhaseTask task;
    private final AtomicInteger next = new AtomicInteger();
    private final AtomicInteger done = new AtomicInteger();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

    PhasedTasks(int[] phases, Workers.PhaseTask task) {
        starts = new int[phases.length + 1];
        for (int i = 0; i < phases.length; i++) {
            starts[i + 1] = starts[i] + phases[i];
        }
        this.task = task;
    }

    /** The number of tasks of all phases. */
    int getCount() {
        return starts[starts.length - 1];
    }

    /** Does tasks until none is left. */
    @Override
    public void run() {
        try {
            int phase = 0;
            for (int i = next.getAndIncrement(); i < getCount(); i = next.getAndIncrement()) {
                while (i >= starts[phase + 1]) {
                    phase++;
                }
                if (!await(starts[phase])) {
                    return;
                }
                task.accept(phase, i - starts[phase]);
                done.incrementAndGet();
            }
        } catch (Throwable t) {
            failure.compareAndSet(null, t);
        }
    }

    /** Waits until a number of tasks is done; returns false if one failed. */
    @SuppressWarnings("ThreadPriorityCheck") // right without it, and faster with it
    private boolean await(int tasks) {
        for (int spins = 0; failure.get() == null; spins++) {
            if (done.get() >= tasks) {
                return true;
            }
            if (spins < SPINS) {
                Thread.onSpinWait();
            } else {
                Thread.yield();
            }
        }
        return false;
    }

    /** Throws the exception of a task, if there is one. */
    void check() {
        Throwable thrown = failure.get();
        if (thrown instanceof Error error) {
            throw error;
        } else if (thrown != null) {
            throw (RuntimeException) thrown; // a task throws no other
        }
    }
}
