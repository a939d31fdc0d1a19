package org.djlsparse.training;

import org.djlsparse.nn.MaskAction;

/** A schedule that says in words what it does. */
record NamedSchedule(String name, MaskSchedule schedule) implements MaskSchedule {

    @Override
    public MaskAction at(long step) {
        return schedule.at(step);
    }

    @Override
    public String toString() {
        return name;
    }
}
