package org.djlsparse.cli.run;

import org.djlsparse.training.MaskSchedule;

/** Restricts masks to a part of a run. */
public final class MaskedSteps {

    private MaskedSteps() {}

    /**
     * Restricts a schedule to the middle of a run.
     *
     * @param schedule the schedule of the refreshes
     * @param warmUp the number of steps without masks at the start
     * @param denseFinish the number of steps without masks at the end
     * @param steps the number of steps of the run
     * @return the schedule
     */
    public static MaskSchedule of(MaskSchedule schedule, int warmUp, int denseFinish, int steps) {
        MaskSchedule started = warmUp == 0 ? schedule : schedule.warmUp(warmUp);
        return denseFinish == 0 ? started : started.denseFrom(steps - denseFinish);
    }
}
