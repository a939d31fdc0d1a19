package org.djlsparse.internal.cpu;

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
        forEachInPhases(new int[] {tasks}, (phase, i) -> task.accept(i));
    }

    /**
     * Does the tasks of several phases, those of each once all of the phase before are done. All in
     * one go: to wake threads for each phase may take longer than the phase.
     *
     * @param phases how many tasks each has
     * @param task does a task; what it throws is thrown here, and ends the others early
     */
    default void forEachInPhases(int[] phases, PhaseTask task) {
        PhasedTasks tasks = new PhasedTasks(phases, task);
        if (tasks.getCount() <= 1 || getCount() == 1) {
            tasks.run();
        } else {
            run(tasks);
        }
        tasks.check();
    }

    /** What is done in one of several phases. */
    interface PhaseTask {

        /**
         * Does a task.
         *
         * @param phase the phase, from 0
         * @param i the number of the task within the phase, from 0
         */
        void accept(int phase, int i);
    }
}
