package org.djlsparse.training;

/**
 * A place in a training run. Three numbers say it all, so that a run can be taken up again there.
 *
 * @param step the number of training batches before it
 * @param epoch the number of epochs before it
 * @param stepInEpoch the number of training batches before it in its own epoch
 */
public record TrainingPoint(long step, long epoch, long stepInEpoch) {

    /** The start of training. */
    public static final TrainingPoint START = new TrainingPoint(0, 0, 0);

    /**
     * Creates a point.
     *
     * @throws IllegalArgumentException if a number is negative, or there are more steps in the
     *     epoch than in all
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
                            + " in the epoch: none may be negative, and the last not above the"
                            + " first");
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
     * Returns this point, but at the start of the next epoch.
     *
     * @return the point
     */
    public TrainingPoint nextEpoch() {
        return new TrainingPoint(step, epoch + 1, 0);
    }

    /** This point, with steps counted from a later one on; in that one's epoch, there, too. */
    TrainingPoint since(long start) {
        return new TrainingPoint(step - start, epoch, Math.min(stepInEpoch, step - start));
    }
}
