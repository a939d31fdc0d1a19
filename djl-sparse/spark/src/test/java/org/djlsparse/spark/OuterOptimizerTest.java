package org.djlsparse.spark;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

class OuterOptimizerTest {

    @Test
    void nesterovFollowsItsFormula() {
        OuterOptimizer outer = OuterOptimizer.nesterov(0.7f, 0.9f);
        float[] velocity = new float[1];
        // From 1, the tasks go to 0.5 on average: d = 0.5, v = 0.5, 1 - 0.7 * (0.5 + 0.45).
        float[] weight = {0.5f};
        outer.step(new float[] {1}, weight, velocity);
        assertThat(weight[0]).isCloseTo(0.335f, within(1e-6f));
        // Then to 0.435: d = -0.1, v = 0.45 - 0.1 = 0.35, 0.335 - 0.7 * (-0.1 + 0.315).
        float[] next = {0.435f};
        outer.step(weight, next, velocity);
        assertThat(velocity[0]).isCloseTo(0.35f, within(1e-6f));
        assertThat(next[0]).isCloseTo(0.1845f, within(1e-6f));
    }

    @Test
    void withoutMomentumAndAtRateOneItIsTheAverage() {
        float[] weight = {0.375f, -2};
        OuterOptimizer.nesterov(1, 0).step(new float[] {1, 1}, weight, new float[2]);
        assertThat(weight).containsExactly(0.375f, -2);
    }

    @Test
    void argumentsAreChecked() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> OuterOptimizer.nesterov(0, 0.9f))
                .withMessage("rate 0.0: must be a number above 0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> OuterOptimizer.nesterov(1, 1))
                .withMessage("momentum 1.0: must be from 0 to less than 1");
        assertThat(OuterOptimizer.nesterov(0.7f, 0.9f)).hasToString("nesterov(0.7, 0.9)");
    }
}
