package org.djlsparse.spark;

import org.djlsparse.training.MaskAction;
import org.djlsparse.training.MaskSchedule;
import org.djlsparse.training.TrainingPoint;

/**
 * What a mask schedule asks for in a round. Masks change only at the start of a round, on the
 * driver: if the schedule asks for a refresh at any step of the round, they are refreshed at its
 * first.
 *
 * @param refresh whether there is a refresh
 * @param watch whether masks are computed in a dense warm-up, to count flips
 * @param masked whether a step uses masks
 * @param dense whether a step uses none
 */
record RoundPlan(boolean refresh, boolean watch, boolean masked, boolean dense) {

    /** Returns the plan of the steps from {@code first} on. */
    static RoundPlan of(MaskSchedule schedule, long first, int steps) {
        boolean refresh = false;
        boolean watch = false;
        boolean masked = false;
        boolean dense = false;
        for (long step = first; step < first + steps; step++) {
            MaskAction action = schedule.at(new TrainingPoint(step, 0, step));
            refresh |= action == MaskAction.REFRESH;
            watch |= action == MaskAction.WATCH;
            boolean isMasked = action == MaskAction.REFRESH || action == MaskAction.KEEP;
            masked |= isMasked;
            dense |= !isMasked;
        }
        return new RoundPlan(refresh, watch, masked, dense);
    }

    /** Returns the schedule of a task, which never computes masks. */
    static MaskSchedule forTasks(MaskSchedule schedule) {
        return point ->
                switch (schedule.at(point)) {
                    case REFRESH, KEEP -> MaskAction.KEEP;
                    case WATCH, DENSE -> MaskAction.DENSE;
                };
    }
}
