package org.djlsparse.training;

import org.junit.jupiter.api.Test;

import java.util.stream.Collectors;
import java.util.stream.LongStream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class MaskScheduleTest {

    @Test
    void eachStepHasItsAction() {
        assertThat(actions(MaskSchedule.once())).isEqualTo("KKKK KKKK KKKK");
        assertThat(actions(MaskSchedule.off())).isEqualTo("DDDD DDDD DDDD");
        assertThat(actions(MaskSchedule.every(1))).isEqualTo("RRRR RRRR RRRR");
        assertThat(actions(MaskSchedule.every(3))).isEqualTo("RKKR KKRK KRKK");
        assertThat(actions(MaskSchedule.everyEpoch())).isEqualTo("RKKK RKKK RKKK");
        assertThat(actions(MaskSchedule.growing(1, 2, 4))).isEqualTo("RRKR KKKR KKKR");
        assertThat(actions(MaskSchedule.growing(2, 1.5, 3))).isEqualTo("RKRK KRKK RKKR");
        assertThat(actions(MaskSchedule.growing(3, 2, 3)))
                .isEqualTo(actions(MaskSchedule.every(3)));
        assertThat(actions(point -> point.step() < 2 ? MaskAction.DENSE : MaskAction.REFRESH))
                .isEqualTo("DDRR RRRR RRRR");
    }

    @Test
    void aWarmUpIsDenseAndWatches() {
        assertThat(actions(MaskSchedule.every(2).warmUp(5))).isEqualTo("WDWD WRKR KRKR");
        assertThat(actions(MaskSchedule.every(4).warmUp(3))).isEqualTo("WDDR KKKR KKKR");
        assertThat(actions(MaskSchedule.once().warmUp(3))).isEqualTo("DDDK KKKK KKKK");
        assertThat(actions(MaskSchedule.every(3).warmUpEpochs(1))).isEqualTo("WDDW KKRK KRKK");
        assertThat(actions(MaskSchedule.everyEpoch().warmUpEpochs(2))).isEqualTo("WDDD WDDD RKKK");
        assertThat(actions(MaskSchedule.everyEpoch().warmUp(3))).isEqualTo("WDDR RKKK RKKK");
        assertThat(actions(MaskSchedule.every(2).warmUp(2).warmUp(2))).isEqualTo("WDWD RKRK RKRK");
        assertThat(actions(MaskSchedule.growing(1, 2, 4).warmUp(4))).isEqualTo("WWDW RRKR KKKR");
    }

    @Test
    void theEndKeepsOrIsDense() {
        assertThat(actions(MaskSchedule.every(3).keepFrom(6))).isEqualTo("RKKR KKKK KKKK");
        assertThat(actions(MaskSchedule.every(2).keepFrom(0))).isEqualTo("KKKK KKKK KKKK");
        assertThat(actions(MaskSchedule.every(3).keepFromEpoch(1))).isEqualTo("RKKR KKKK KKKK");
        assertThat(actions(MaskSchedule.every(3).denseFrom(7))).isEqualTo("RKKR KKRD DDDD");
        assertThat(actions(MaskSchedule.every(3).denseFromEpoch(2))).isEqualTo("RKKR KKRK DDDD");
        assertThat(actions(MaskSchedule.every(3).warmUp(2).keepFrom(6)))
                .isEqualTo("WDRK KRKK KKKK");
        assertThat(actions(MaskSchedule.every(3).keepFrom(6).warmUp(2)))
                .as("steps from the end of the warm-up")
                .isEqualTo("WDRK KRKK KKKK");
        assertThat(actions(MaskSchedule.every(3).keepFrom(6).denseFrom(9)))
                .isEqualTo("RKKR KKKK KDDD");
        assertThat(actions(MaskSchedule.every(1).denseFrom(3).warmUp(2).keepFromEpoch(1)))
                .isEqualTo("WWRR KDDD DDDD");
    }

    @Test
    void saysWhatItDoes() {
        assertThat(MaskSchedule.every(40).warmUp(500).keepFrom(20_000))
                .hasToString("every 40 steps after 500 dense steps, kept from step 20000");
        assertThat(MaskSchedule.once()).hasToString("once");
        assertThat(MaskSchedule.every(1)).hasToString("every step");
        assertThat(MaskSchedule.everyEpoch().warmUpEpochs(2).keepFromEpoch(8).denseFromEpoch(9))
                .hasToString(
                        "every epoch after 2 dense epochs, kept from epoch 8, dense from epoch 9");
        assertThat(MaskSchedule.growing(10, 1.5, 200).denseFrom(900))
                .hasToString(
                        "at intervals growing from 10 by 1.5 to 200 steps, dense from step 900");
    }

    @Test
    void growsWithoutEnd() {
        MaskSchedule slow = MaskSchedule.growing(1, 1.01, Long.MAX_VALUE);
        long refreshes =
                LongStream.range(0, 2000)
                        .filter(
                                step ->
                                        slow.at(new TrainingPoint(step, 0, step))
                                                == MaskAction.REFRESH)
                        .count();
        // 1.01^i steps each, rounded down; computed separately in Python.
        assertThat(refreshes).isEqualTo(313);
    }

    @Test
    void refusesImpossibleNumbers() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MaskSchedule.every(0))
                .withMessage("every 0 steps: must be at least 1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MaskSchedule.once().warmUp(-1))
                .withMessage("warmUp -1 steps: must not be negative");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MaskSchedule.once().warmUpEpochs(-1))
                .withMessage("warmUpEpochs -1 epochs: must not be negative");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MaskSchedule.once().keepFrom(-1))
                .withMessage("keepFrom step -1: must not be negative");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MaskSchedule.once().keepFromEpoch(-1))
                .withMessage("keepFromEpoch epoch -1: must not be negative");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MaskSchedule.once().denseFrom(-2))
                .withMessage("denseFrom step -2: must not be negative");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MaskSchedule.once().denseFromEpoch(-2))
                .withMessage("denseFromEpoch epoch -2: must not be negative");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MaskSchedule.growing(0, 2, 5))
                .withMessage("growing: first interval 0: must be at least 1 step");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MaskSchedule.growing(1, 1, 5))
                .withMessage("growing: factor 1.0: must be a number from 1.01 on");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MaskSchedule.growing(6, 2, 5))
                .withMessage("growing: max 5: must be at least the first interval, 6");
        assertThatIllegalArgumentException().isThrownBy(() -> new TrainingPoint(3, 0, 4));
    }

    /** Returns the actions of three epochs of four steps. */
    private static String actions(MaskSchedule schedule) {
        return LongStream.range(0, 12)
                .mapToObj(
                        step ->
                                (step == 4 || step == 8 ? " " : "")
                                        + schedule.at(new TrainingPoint(step, step / 4, step % 4))
                                                .name()
                                                .charAt(0))
                .collect(Collectors.joining());
    }
}
