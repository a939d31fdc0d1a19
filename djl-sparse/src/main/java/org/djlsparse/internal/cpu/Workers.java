package org.djlsparse.internal.cpu;

import java.util.function.IntConsumer;

/** Threads that work on one product together. Thread-safe. */
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
     * Returns the number of threads, including the calling thread.
     *
     * @return the number, at least 1
     */
    int getCount();

    /**
     * Runs work on all threads at the same time, and returns when the last has finished.
     *
     * @param work the work of each thread; does not throw
     */
    void run(Runnable work);

    /**
     * Does a number of tasks, each once, on any free thread.
     *
     * @param tasks the number of tasks
     * @param task does the task of an index; its exception is thrown here, and ends the others
     *     early
     */
    default void forEach(int tasks, IntConsumer task) {
        forEachInPhases(new int[] {tasks}, (phase, i) -> task.accept(i));
    }

    /**
     * Does the tasks of several phases; a phase begins when the phase before it is done. Threads
     * are woken once, since waking them for each phase may take longer than the phase.
     *
     * @param phases the number of tasks of each phase
     * @param task does a task; its exception is thrown here, and ends the others early
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

    /** Does the tasks of several phases. */
    interface PhaseTask {

        /**
         * Does a task.
         *
         * @param phase the index of the phase
         * @param i the index of the task in the phase
         */
        void accept(int phase, int i);
    }
}
