package org.djlsparse.examples.study;

import org.djlsparse.nn.MaskAction;
import org.djlsparse.training.MaskSchedule;
import org.junit.jupiter.api.Test;

import java.util.stream.LongStream;

import static org.assertj.core.api.Assertions.assertThat;

class DenseFinishTest {

    @Test
    void endsDense() {
        MaskSchedule schedule = new DenseFinish(MaskSchedule.every(2).warmUp(1), 4);

        assertThat(LongStream.range(0, 6).mapToObj(schedule::at))
                .containsExactly(
                        MaskAction.DENSE,
                        MaskAction.REFRESH,
                        MaskAction.KEEP,
                        MaskAction.REFRESH,
                        MaskAction.DENSE,
                        MaskAction.DENSE);
    }
}
