package org.djlsparse.cli.task;

import ai.djl.training.tracker.Tracker;

import org.djlsparse.cli.options.OptimizerName;
import org.djlsparse.cli.options.RateSchedule;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

class TrainingSettingsTest {

    @Test
    void theCosineEndsAtTheFinalRate() {
        for (RateSchedule schedule :
                new RateSchedule[] {RateSchedule.COSINE, RateSchedule.WARMUP_COSINE}) {
            Tracker rate = settings(schedule).rate(1000);

            assertThat(rate.getNewValue(1000)).as("%s", schedule).isCloseTo(0.1f, within(1e-6f));
            assertThat(rate.getNewValue(900)).isGreaterThan(0.1f);
        }
    }

    @Test
    void warmsUpOverATenth() {
        Tracker rate = settings(RateSchedule.WARMUP_COSINE).rate(1000);

        assertThat(rate.getNewValue(50)).isCloseTo(1, within(0.05f));
        assertThat(rate.getNewValue(100)).isCloseTo(2, within(1e-3f));
        // Half way between step 100 and 1000, the cosine is half way between 2 and 0.1.
        assertThat(rate.getNewValue(550)).isCloseTo(1.05f, within(1e-3f));
    }

    @Test
    void aConstantRateStays() {
        Tracker rate = settings(RateSchedule.CONSTANT).rate(10);

        assertThat(rate.getNewValue(1)).isEqualTo(2);
        assertThat(rate.getNewValue(10)).isEqualTo(2);
    }

    @Test
    void oneStepIsEnough() {
        assertThat(settings(RateSchedule.WARMUP_COSINE).rate(1).getNewValue(1)).isPositive();
    }

    private static TrainingSettings settings(RateSchedule schedule) {
        return new TrainingSettings(OptimizerName.ADAMW, schedule, 2, 0.05f, 0);
    }
}
