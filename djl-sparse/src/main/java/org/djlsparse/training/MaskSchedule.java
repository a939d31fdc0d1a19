package org.djlsparse.training;

/**
 * Says for each training step whether the model runs dense, keeps its masks, or makes new ones.
 *
 * <p>Step 0 is the first training batch, epoch 0 the first epoch. A refresh at step s happens at
 * the start of that step's forward pass, on the weights that the s optimizer steps before have
 * left. The first step that is not dense makes masks, whatever the schedule says.
 *
 * <p>Schedules combine: {@code MaskSchedule.every(40).warmUp(500).keepFrom(20_000)} runs dense for
 * 500 steps, then refreshes at steps 500, 540, ... and keeps the masks that it has from step 20 000
 * on. Each combination looks at what is before it, so that of two that disagree the later one
 * decides.
 *
 * <p>Epochs end where DJL's listeners hear of it: {@code EasyTrain.fit} tells them, and a loop of
 * your own must, by {@code trainer.notifyListeners(listener -> listener.onEpoch(trainer))}. Without
 * that, all is epoch 0.
 *
 * <p>A schedule of your own is a lambda. It must give the same answer for the same point each time.
 */
@FunctionalInterface
public interface MaskSchedule {

    /**
     * Says what to do at a step.
     *
     * @param point the step and its epoch
     * @return the action
     */
    MaskAction at(TrainingPoint point);

    /**
     * Returns the schedule of static masks: made once, then kept.
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
     * @param factor what each interval is of the one before, at least 1.01; intervals are rounded
     *     down
     * @param max the longest interval in steps, at least the first
     * @return the schedule
     * @throws IllegalArgumentException if an argument is out of its range
     */
    static MaskSchedule growing(long first, double factor, long max) {
        return new GrowingSchedule(first, factor, max);
    }

    /**
     * Returns the schedule without masks: the wrapped model trains as a plain one does, to the bit.
     *
     * @return the schedule
     */
    static MaskSchedule off() {
        return new NamedSchedule("off", point -> MaskAction.DENSE);
    }

    /**
     * Returns this schedule after a dense start. Its own steps count from the end of the warm-up;
     * its epochs are those of training. Where it would refresh without the warm-up, masks are
     * watched ({@link MaskAction#WATCH}).
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
     * Returns this schedule after some dense epochs. Its own steps and epochs count from the start
     * of training, since nobody knows how long an epoch is. Where it would refresh without the
     * warm-up, masks are watched ({@link MaskAction#WATCH}).
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
     * Returns this schedule without refreshes from a step on; the masks of the last one stay.
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
     * Returns this schedule without refreshes from an epoch on; the masks of the last one stay.
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
     * Returns this schedule with a dense finish: from a step on, the model trains without masks and
     * is dense in the end. It begins there with the masks' zeros in its weights, as the model that
     * was masked. Sparse training followed by a shorter dense one is 2by4's recipe (Hu et al. 2024,
     * dense fine-tuning).
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
     * Returns this schedule with a dense finish, from an epoch on.
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
