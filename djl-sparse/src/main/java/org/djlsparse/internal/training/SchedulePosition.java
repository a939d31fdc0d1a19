package org.djlsparse.internal.training;

import org.djlsparse.training.MaskAction;
import org.djlsparse.training.MaskSchedule;
import org.djlsparse.training.TrainingPoint;

/** A schedule and the point that training has reached in it. Thread-safe. */
public final class SchedulePosition {

    private final MaskSchedule schedule;
    private volatile TrainingPoint point = TrainingPoint.START;

    /**
     * Creates a position at the start of training.
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
     * Returns the point that training has reached.
     *
     * @return the point before the next training batch
     */
    public TrainingPoint getPoint() {
        return point;
    }

    /**
     * Returns the point from which a run continues that is saved now. A listener that saves at the
     * end of an epoch may be notified before the listener that moves this position; the epoch then
     * counts as ended.
     *
     * @return the point before the next training batch
     * @throws IllegalStateException if called by a listener in {@code onTrainingBatch}, before the
     *     optimizer's step
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
     * Returns the action of the current step.
     *
     * @return the action
     */
    public MaskAction getAction() {
        return schedule.at(point);
    }

    /**
     * Moves to a point of an earlier run.
     *
     * @param point the point from which training continues
     */
    public synchronized void moveTo(TrainingPoint point) {
        this.point = point;
    }

    /**
     * Moves to the next step.
     *
     * @return the action of that step
     */
    synchronized MaskAction nextStep() {
        point = point.nextStep();
        return getAction();
    }

    /**
     * Moves the current step to the next epoch.
     *
     * @return the action of that step in its epoch
     */
    synchronized MaskAction nextEpoch() {
        point = point.nextEpoch();
        return getAction();
    }
}
