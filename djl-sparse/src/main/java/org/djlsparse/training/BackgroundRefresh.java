package org.djlsparse.training;

/**
 * Settings for refreshes in the background. When a refresh is due, the weights are copied, another
 * thread computes the new masks while the next steps use the old ones, and the new masks then
 * replace them.
 *
 * <p>The first masks, and those after a dense warm-up, are computed at once because no old masks
 * exist. A refresh in the background saves time if the solver does not compete with training: on a
 * GPU, or with idle CPU cores. It costs a copy of the masked weights until the masks are computed.
 *
 * @param steps the number of training steps after which the new masks are in use at the latest,
 *     counted from the step at which the refresh is due; a step that reaches this limit waits for
 *     the masks
 * @param early {@code true} to use new masks as soon as they are computed. The step at which masks
 *     change then depends on the machine, and two runs may differ. With {@code false}, it is always
 *     the same step
 */
public record BackgroundRefresh(int steps, boolean early) {

    /**
     * Checks the number of steps.
     *
     * @throws IllegalArgumentException if it is below 1
     */
    public BackgroundRefresh {
        if (steps < 1) {
            throw new IllegalArgumentException(
                    "background refresh, " + steps + " steps late: must be at least 1");
        }
    }

    /**
     * Uses new masks as soon as they are computed.
     *
     * @param steps the maximum delay in steps, at least 1
     * @return the setting
     * @throws IllegalArgumentException if steps is below 1
     */
    public static BackgroundRefresh within(int steps) {
        return new BackgroundRefresh(steps, true);
    }

    /**
     * Uses new masks after a fixed number of steps, so that runs are reproducible.
     *
     * @param steps the delay in steps, at least 1
     * @return the setting
     * @throws IllegalArgumentException if steps is below 1
     */
    public static BackgroundRefresh after(int steps) {
        return new BackgroundRefresh(steps, false);
    }

    @Override
    public String toString() {
        return "in the background, used " + (early ? "within " : "after ") + steps + " steps";
    }
}
