package org.djlsparse.examples.study;

import org.djlsparse.nn.MaskAction;
import org.djlsparse.training.MaskSchedule;

/**
 * A schedule that ends without masks, as 2by4 pre-training does.
 *
 * @param schedule what comes before
 * @param from the first dense step
 */
record DenseFinish(MaskSchedule schedule, long from) implements MaskSchedule {

    @Override
    public MaskAction at(long step) {
        return step < from ? schedule.at(step) : MaskAction.DENSE;
    }
}
