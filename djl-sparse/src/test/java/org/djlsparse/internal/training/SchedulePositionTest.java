package org.djlsparse.internal.training;

import org.djlsparse.training.MaskAction;
import org.djlsparse.training.MaskSchedule;
import org.djlsparse.training.TrainingPoint;
import org.junit.jupiter.api.Test;

import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

class SchedulePositionTest {

    @Test
    void aPositionCountsStepsAndEpochs() {
        SchedulePosition position = new SchedulePosition(MaskSchedule.everyEpoch());
        List<MaskAction> actions =
                List.of(
                        position.getAction(),
                        position.nextStep(),
                        position.nextStep(),
                        position.nextEpoch());

        assertThat(actions)
                .containsExactly(
                        MaskAction.REFRESH, MaskAction.KEEP, MaskAction.KEEP, MaskAction.REFRESH);
        assertThat(position.getPoint()).isEqualTo(new TrainingPoint(2, 1, 0));
    }
}
