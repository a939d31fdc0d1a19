package org.djlsparse.training;

import org.djlsparse.nn.MaskAction;

import java.util.concurrent.atomic.AtomicLong;

/** A schedule and the step that training has reached in it. Safe for use by several threads. */
public final class SchedulePosition {

    private final MaskSchedule schedule;
    private final AtomicLong step = new AtomicLong();

    /**
     * Creates a position at step 0.
     *
     * @param schedule the schedule
     */
    public SchedulePosition(MaskSchedule schedule) {
        this.schedule = schedule;
    }

    /**
     * Returns the schedule.
     *
     * @return the schedule
     */
    public MaskSchedule getSchedule() {
        return schedule;
    }

    /**
     * Returns the number of training batches so far.
     *
     * @return the step
     */
    public long getStep() {
        return step.get();
    }

    /**
     * Returns what the schedule says for the current step.
     *
     * @return the action
     */
    public MaskAction getAction() {
        return schedule.at(step.get());
    }

    /**
     * Goes on to the next step.
     *
     * @return what the schedule says for it
     */
    MaskAction advance() {
        return schedule.at(step.incrementAndGet());
    }
}
