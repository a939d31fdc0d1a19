package org.djlsparse.training;

/**
 * Refreshes beside training: when one is due, the weights are copied, the new masks are found in
 * another thread while the next steps run with the old ones, and then take their place.
 *
 * <p>The first masks, and those after a dense warm-up, are found at once, since no step can run
 * without. Pays where the solver's time is not taken from training: on a GPU, or with cores to
 * spare. Costs a copy of the masked weights until the masks are found.
 *
 * @param steps how many training steps after the refresh was due the new masks are in use, at the
 *     latest; a step that reaches that waits for them
 * @param early whether they are used as soon as they are there. Then the step at which masks change
 *     depends on the machine, and two runs may differ; otherwise it is always the same step
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
     * Uses new masks as soon as they are there.
     *
     * @param steps the most steps that they may come late, at least 1
     * @return the option
     * @throws IllegalArgumentException if steps is below 1
     */
    public static BackgroundRefresh within(int steps) {
        return new BackgroundRefresh(steps, true);
    }

    /**
     * Uses new masks a fixed number of steps late, so that equal runs stay equal.
     *
     * @param steps the number of steps, at least 1
     * @return the option
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
