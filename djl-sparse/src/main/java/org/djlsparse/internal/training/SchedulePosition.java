package org.djlsparse.internal.training;

import org.djlsparse.training.MaskAction;
import org.djlsparse.training.MaskSchedule;
import org.djlsparse.training.TrainingPoint;

/** A schedule and the point that training has reached in it. Safe for use by several threads. */
public final class SchedulePosition {

    private final MaskSchedule schedule;
    private volatile TrainingPoint point = TrainingPoint.START;

    /**
     * Creates a position at the start.
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
     * Returns where training stands.
     *
     * @return the point before the next training batch
     */
    public TrainingPoint getPoint() {
        return point;
    }

    /**
     * Returns where a run goes on that is saved now. A listener that saves at an epoch's end may
     * hear of it before the one that moves this position; the epoch has ended all the same.
     *
     * @return the point before the next training batch
     * @throws IllegalStateException if called by a listener in {@code onTrainingBatch}, when the
     *     optimizer's step is still to come
     */
    public TrainingPoint getPointToSave() {
        if (ListenerCall.TRAINING_BATCH.isRunning()) {
            throw new IllegalStateException(
                    "save called in onTrainingBatch, before the optimizer's step of this batch:"
                            + " call it after trainer.step() or in onEpoch, where"
                            + " SaveModelTrainingListener calls its callback");
        }
        TrainingPoint now = point;
        return now.stepInEpoch() > 0 && ListenerCall.EPOCH.isRunning() ? now.nextEpoch() : now;
    }

    /**
     * Returns what the schedule says for the current step.
     *
     * @return the action
     */
    public MaskAction getAction() {
        return schedule.at(point);
    }

    /**
     * Goes to a point of an earlier run.
     *
     * @param point where training goes on
     */
    public synchronized void moveTo(TrainingPoint point) {
        this.point = point;
    }

    /**
     * Goes on to the next step.
     *
     * @return what the schedule says for it
     */
    synchronized MaskAction nextStep() {
        point = point.nextStep();
        return getAction();
    }

    /**
     * Goes on to the next epoch; a step has been reached in it already.
     *
     * @return what the schedule says for that step, now that its epoch is known
     */
    synchronized MaskAction nextEpoch() {
        point = point.nextEpoch();
        return getAction();
    }
}
