package org.djlsparse.training;

/**
 * A point in a training run. A schedule has no other state, so a run can be resumed from these
 * three numbers.
 *
 * @param step the number of training batches before this point
 * @param epoch the number of epochs before this point
 * @param stepInEpoch the number of training batches before this point in its epoch
 */
public record TrainingPoint(long step, long epoch, long stepInEpoch) {

    /** The start of training. */
    public static final TrainingPoint START = new TrainingPoint(0, 0, 0);

    /**
     * Creates a point.
     *
     * @throws IllegalArgumentException if a number is negative, or {@code stepInEpoch} is greater
     *     than {@code step}
     */
    public TrainingPoint {
        if (step < 0 || epoch < 0 || stepInEpoch < 0 || stepInEpoch > step) {
            throw new IllegalArgumentException(
                    "training point at step "
                            + step
                            + ", epoch "
                            + epoch
                            + ", step "
                            + stepInEpoch
                            + " in the epoch: none may be negative, and the last may not exceed"
                            + " the first");
        }
    }

    /**
     * Returns the point one batch later.
     *
     * @return the point
     */
    public TrainingPoint nextStep() {
        return new TrainingPoint(step + 1, epoch, stepInEpoch + 1);
    }

    /**
     * Returns the point at the start of the next epoch, with the same step.
     *
     * @return the point
     */
    public TrainingPoint nextEpoch() {
        return new TrainingPoint(step, epoch + 1, 0);
    }

    /**
     * Returns this point with steps counted from a start; in the epoch that contains the start, the
     * steps in the epoch count from there, too.
     */
    TrainingPoint since(long start) {
        return new TrainingPoint(step - start, epoch, Math.min(stepInEpoch, step - start));
    }
}
