package org.djlsparse.training;

import org.djlsparse.nn.MaskAction;

/**
 * Says for each training step whether the model runs dense, keeps its masks, or makes new ones.
 *
 * <p>Step 0 is the first training batch. A refresh at step s happens at the start of that step's
 * forward pass, on the weights that the s optimizer steps before have left. The first step that is
 * not dense makes masks, whatever the schedule says.
 *
 * <p>{@code MaskSchedule.every(40).warmUp(500).stopAfter(20_000)} runs dense for 500 steps, then
 * refreshes at steps 500, 540, ... and keeps the masks that it has from step 20 000 on.
 */
@FunctionalInterface
public interface MaskSchedule {

    /**
     * Says what to do at a step.
     *
     * @param step the number of training batches before this one
     * @return the action
     */
    MaskAction at(long step);

    /**
     * Returns the schedule of static masks: made once, then kept.
     *
     * @return the schedule
     */
    static MaskSchedule once() {
        return new NamedSchedule("once", step -> MaskAction.KEEP);
    }

    /**
     * Returns the schedule that refreshes every k steps, from step 0 on. The paper uses 40 (Hubara
     * et al. 2021, section 4).
     *
     * @param steps the number of steps between refreshes, at least 1
     * @return the schedule
     */
    static MaskSchedule every(long steps) {
        if (steps < 1) {
            throw new IllegalArgumentException("every " + steps + " steps: must be at least 1");
        }
        return new NamedSchedule(
                steps == 1 ? "every step" : "every " + steps + " steps",
                step -> step % steps == 0 ? MaskAction.REFRESH : MaskAction.KEEP);
    }

    /**
     * Returns the schedule without masks: the wrapped model trains as a plain one does, to the bit.
     *
     * @return the schedule
     */
    static MaskSchedule off() {
        return new NamedSchedule("off", step -> MaskAction.DENSE);
    }

    /**
     * Returns this schedule after a dense start. Its own steps count from the end of the warm-up.
     * Where it would refresh without the warm-up, masks are watched ({@link MaskAction#WATCH}).
     *
     * @param steps the number of dense steps, not negative
     * @return the schedule
     */
    default MaskSchedule warmUp(long steps) {
        if (steps < 0) {
            throw new IllegalArgumentException("warmUp " + steps + " steps: must not be negative");
        }
        return new NamedSchedule(
                this + " after " + steps + " dense steps",
                step -> step < steps ? dense(at(step)) : at(step - steps));
    }

    /**
     * Returns this schedule without refreshes from a step on; the masks of the last one stay.
     *
     * @param step the step from which masks are kept, not negative
     * @return the schedule
     */
    default MaskSchedule stopAfter(long step) {
        if (step < 0) {
            throw new IllegalArgumentException("stopAfter step " + step + ": must not be negative");
        }
        return new NamedSchedule(
                this + ", kept from step " + step,
                current -> {
                    MaskAction action = at(current);
                    return current >= step && action == MaskAction.REFRESH
                            ? MaskAction.KEEP
                            : action;
                });
    }

    private static MaskAction dense(MaskAction action) {
        return action == MaskAction.REFRESH || action == MaskAction.WATCH
                ? MaskAction.WATCH
                : MaskAction.DENSE;
    }
}
