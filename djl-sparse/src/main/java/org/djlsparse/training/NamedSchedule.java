package org.djlsparse.training;

/** A schedule with a description. */
record NamedSchedule(String name, MaskSchedule schedule) implements MaskSchedule {

    /** Throws an IllegalArgumentException that shows a value as a text, such as "-1 steps". */
    static void checkNotNegative(String field, long value, String text) {
        if (value < 0) {
            throw new IllegalArgumentException(field + " " + text + ": must not be negative");
        }
    }

    /** Returns the action of a dense warm-up in place of an action. */
    static MaskAction dense(MaskAction action) {
        return action == MaskAction.REFRESH || action == MaskAction.WATCH
                ? MaskAction.WATCH
                : MaskAction.DENSE;
    }

    /** Returns the action after the end of refreshes in place of an action. */
    static MaskAction kept(MaskAction action) {
        return action == MaskAction.REFRESH ? MaskAction.KEEP : action;
    }

    @Override
    public MaskAction at(TrainingPoint point) {
        return schedule.at(point);
    }

    @Override
    public String toString() {
        return name;
    }
}
