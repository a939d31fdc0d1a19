package org.djlsparse.cli.run;

/**
 * The steps after which a run is validated. The last one is always among them.
 *
 * @param parts the number of equal parts of the run after each of which it is validated
 * @param lastTenth whether it is validated, instead, only at nine tenths and at the end
 */
public record Validations(int parts, boolean lastTenth) {

    /** At the end alone. */
    public static final Validations LAST = new Validations(1, false);

    /** At nine tenths and at the end, which shows how flat the curve has become. */
    public static final Validations LAST_TENTH = new Validations(1, true);

    /**
     * Returns whether the run is validated after a step.
     *
     * @param step the step, counted from 1
     * @param steps the number of steps of the run
     * @return {@code true} if it is
     */
    public boolean isDue(int step, int steps) {
        if (step == steps) {
            return true;
        }
        if (lastTenth) {
            return step == steps - steps / 10;
        }
        int every = Math.max(1, steps / parts);
        // None shortly before the last one.
        return step % every == 0 && step <= steps - every;
    }
}
