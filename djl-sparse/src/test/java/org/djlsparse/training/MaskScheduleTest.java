package org.djlsparse.training;

import org.djlsparse.nn.MaskAction;
import org.junit.jupiter.api.Test;

import java.util.stream.Collectors;
import java.util.stream.LongStream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class MaskScheduleTest {

    @Test
    void eachStepHasItsAction() {
        assertThat(actions(MaskSchedule.once())).isEqualTo("KKKKKKKKKKKK");
        assertThat(actions(MaskSchedule.off())).isEqualTo("DDDDDDDDDDDD");
        assertThat(actions(MaskSchedule.every(1))).isEqualTo("RRRRRRRRRRRR");
        assertThat(actions(MaskSchedule.every(4))).isEqualTo("RKKKRKKKRKKK");
        assertThat(actions(MaskSchedule.every(4).warmUp(3))).isEqualTo("WDDRKKKRKKKR");
        assertThat(actions(MaskSchedule.every(3).stopAfter(6))).isEqualTo("RKKRKKKKKKKK");
        assertThat(actions(MaskSchedule.every(3).warmUp(2).stopAfter(6))).isEqualTo("WDRKKRKKKKKK");
        assertThat(actions(MaskSchedule.every(3).stopAfter(6).warmUp(2))).isEqualTo("WDRKKRKKKKKK");
        assertThat(actions(MaskSchedule.every(2).stopAfter(0))).isEqualTo("KKKKKKKKKKKK");
        assertThat(actions(step -> step < 2 ? MaskAction.DENSE : MaskAction.REFRESH))
                .isEqualTo("DDRRRRRRRRRR");
    }

    @Test
    void saysWhatItDoes() {
        assertThat(MaskSchedule.every(40).warmUp(500).stopAfter(20_000))
                .hasToString("every 40 steps after 500 dense steps, kept from step 20000");
        assertThat(MaskSchedule.once()).hasToString("once");
        assertThat(MaskSchedule.every(1)).hasToString("every step");
    }

    @Test
    void refusesImpossibleSteps() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MaskSchedule.every(0))
                .withMessage("every 0 steps: must be at least 1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MaskSchedule.once().warmUp(-1))
                .withMessage("warmUp -1 steps: must not be negative");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MaskSchedule.once().stopAfter(-1))
                .withMessage("stopAfter step -1: must not be negative");
    }

    private static String actions(MaskSchedule schedule) {
        return LongStream.range(0, 12)
                .mapToObj(step -> schedule.at(step).name().substring(0, 1))
                .collect(Collectors.joining());
    }
}
