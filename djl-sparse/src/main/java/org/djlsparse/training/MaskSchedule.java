package org.djlsparse.training;

/**
 * A schedule that determines for each training step whether the model runs dense, keeps its masks,
 * or computes new ones.
 *
 * <p>Step 0 is the first training batch, epoch 0 the first epoch. A refresh at step s happens at
 * the start of that step's forward pass, on the weights after s steps of the optimizer. The first
 * step that is not dense computes masks, even if the schedule does not request a refresh.
 *
 * <p>Schedules can be combined: {@code MaskSchedule.every(40).warmUp(500).keepFrom(20_000)} runs
 * dense for 500 steps, refreshes at steps 500, 540, ..., and keeps its masks from step 20 000 on.
 * Each method modifies the schedule before it, so if two of them conflict, the later one applies.
 *
 * <p>An epoch ends when DJL notifies its listeners. {@code EasyTrain.fit} does so; your own
 * training loop must call {@code trainer.notifyListeners(listener -> listener.onEpoch(trainer))}.
 * Otherwise, all steps belong to epoch 0.
 *
 * <p>A user-defined schedule is a lambda. It must always return the same action for the same point.
 */
@FunctionalInterface
public interface MaskSchedule {

    /**
     * Returns the action of a step.
     *
     * @param point the step and its epoch
     * @return the action
     */
    MaskAction at(TrainingPoint point);

    /**
     * Returns the schedule of static masks, which are computed once and then kept.
     *
     * @return the schedule
     */
    static MaskSchedule once() {
        return new NamedSchedule("once", point -> MaskAction.KEEP);
    }

    /**
     * Returns the schedule that refreshes every k steps, from step 0 on. The paper uses 40 (Hubara
     * et al. 2021, section 4).
     *
     * @param steps the number of steps between refreshes, at least 1
     * @return the schedule
     * @throws IllegalArgumentException if the number is less than 1
     */
    static MaskSchedule every(long steps) {
        if (steps < 1) {
            throw new IllegalArgumentException("every " + steps + " steps: must be at least 1");
        }
        return new NamedSchedule(
                steps == 1 ? "every step" : "every " + steps + " steps",
                point -> point.step() % steps == 0 ? MaskAction.REFRESH : MaskAction.KEEP);
    }

    /**
     * Returns the schedule that refreshes at the first step of each epoch.
     *
     * @return the schedule
     */
    static MaskSchedule everyEpoch() {
        return new NamedSchedule(
                "every epoch",
                point -> point.stepInEpoch() == 0 ? MaskAction.REFRESH : MaskAction.KEEP);
    }

    /**
     * Returns the schedule that refreshes at step 0 and then at intervals that grow: {@code
     * growing(10, 2, 80)} refreshes at steps 0, 10, 30, 70, 150, 230, ... Masks change most at the
     * start of training.
     *
     * @param first the first interval in steps, at least 1
     * @param factor the ratio of each interval to the one before, at least 1.01; intervals are
     *     rounded down
     * @param max the longest interval in steps, at least the first
     * @return the schedule
     * @throws IllegalArgumentException if an argument is out of its range
     */
    static MaskSchedule growing(long first, double factor, long max) {
        return new GrowingSchedule(first, factor, max);
    }

    /**
     * Returns the schedule without masks: the wrapped model trains like the plain one, bit for bit.
     *
     * @return the schedule
     */
    static MaskSchedule off() {
        return new NamedSchedule("off", point -> MaskAction.DENSE);
    }

    /**
     * Returns this schedule after a dense warm-up of some steps. The steps of this schedule count
     * from the end of the warm-up; its epochs are those of training. At the steps of the warm-up at
     * which this schedule would refresh, the action is {@link MaskAction#WATCH}.
     *
     * @param steps the number of dense steps, not negative
     * @return the schedule
     * @throws IllegalArgumentException if the number is negative
     */
    default MaskSchedule warmUp(long steps) {
        NamedSchedule.checkNotNegative("warmUp", steps, steps + " steps");
        return new NamedSchedule(
                this + " after " + steps + " dense steps",
                point ->
                        point.step() < steps
                                ? NamedSchedule.dense(at(point))
                                : at(point.since(steps)));
    }

    /**
     * Returns this schedule after a dense warm-up of some epochs. The steps and epochs of this
     * schedule count from the start of training, because the length of an epoch is not known. At
     * the steps of the warm-up at which this schedule would refresh, the action is {@link
     * MaskAction#WATCH}.
     *
     * @param epochs the number of dense epochs, not negative
     * @return the schedule
     * @throws IllegalArgumentException if the number is negative
     */
    default MaskSchedule warmUpEpochs(long epochs) {
        NamedSchedule.checkNotNegative("warmUpEpochs", epochs, epochs + " epochs");
        return new NamedSchedule(
                this + " after " + epochs + " dense epochs",
                point -> point.epoch() < epochs ? NamedSchedule.dense(at(point)) : at(point));
    }

    /**
     * Returns this schedule without refreshes from a step on; the masks of the last refresh are
     * kept.
     *
     * @param step the step from which masks are kept, not negative
     * @return the schedule
     * @throws IllegalArgumentException if the step is negative
     */
    default MaskSchedule keepFrom(long step) {
        NamedSchedule.checkNotNegative("keepFrom", step, "step " + step);
        return new NamedSchedule(
                this + ", kept from step " + step,
                point -> point.step() < step ? at(point) : NamedSchedule.kept(at(point)));
    }

    /**
     * Returns this schedule without refreshes from an epoch on; the masks of the last refresh are
     * kept.
     *
     * @param epoch the epoch from whose start masks are kept, not negative; 0 is the first
     * @return the schedule
     * @throws IllegalArgumentException if the epoch is negative
     */
    default MaskSchedule keepFromEpoch(long epoch) {
        NamedSchedule.checkNotNegative("keepFromEpoch", epoch, "epoch " + epoch);
        return new NamedSchedule(
                this + ", kept from epoch " + epoch,
                point -> point.epoch() < epoch ? at(point) : NamedSchedule.kept(at(point)));
    }

    /**
     * Returns this schedule with a dense finish: from a step on, the model trains without masks,
     * and it is dense at the end. The pruned weights are zero at the start of this phase, so it
     * starts from the masked model. Sparse training followed by a shorter dense phase is the recipe
     * of 2by4 (Hu et al. 2024, dense fine-tuning).
     *
     * @param step the step from which the model runs dense, not negative
     * @return the schedule
     * @throws IllegalArgumentException if the step is negative
     */
    default MaskSchedule denseFrom(long step) {
        NamedSchedule.checkNotNegative("denseFrom", step, "step " + step);
        return new NamedSchedule(
                this + ", dense from step " + step,
                point -> point.step() < step ? at(point) : MaskAction.DENSE);
    }

    /**
     * Returns this schedule with a dense finish from an epoch on; see {@link #denseFrom}.
     *
     * @param epoch the epoch from whose start the model runs dense, not negative; 0 is the first
     * @return the schedule
     * @throws IllegalArgumentException if the epoch is negative
     */
    default MaskSchedule denseFromEpoch(long epoch) {
        NamedSchedule.checkNotNegative("denseFromEpoch", epoch, "epoch " + epoch);
        return new NamedSchedule(
                this + ", dense from epoch " + epoch,
                point -> point.epoch() < epoch ? at(point) : MaskAction.DENSE);
    }
}
