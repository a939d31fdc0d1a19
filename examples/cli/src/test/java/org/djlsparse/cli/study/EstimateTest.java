package org.djlsparse.cli.study;

import org.junit.jupiter.api.Test;

import java.math.BigInteger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

class EstimateTest {

    @Test
    void meanAndStandardError() {
        // Deviations -3, -1, 0, 4: squares 26, over 3 and 4.
        Estimate estimate = Estimate.of(new double[] {2, 4, 5, 9});

        assertThat(estimate.mean()).isEqualTo(5);
        assertThat(estimate.standardError()).isEqualTo(Math.sqrt(26 / 12.0));
        // Student's t of 3 degrees of freedom at 97.5%, from a table.
        assertThat(estimate.interval()).isCloseTo(3.182446 * Math.sqrt(26 / 12.0), within(1e-6));
    }

    @Test
    void equalValuesHaveNoError() {
        assertThat(Estimate.of(new double[] {0.5, 0.5})).isEqualTo(new Estimate(0.5, 0.0, 0.0));
    }

    @Test
    void oneValueSaysNothingOfItsError() {
        assertThat(Estimate.of(new double[] {3})).isEqualTo(new Estimate(3, null, null));
    }

    @Test
    void correlation() {
        // Deviations -2, 0, 2 and -1, -1, 2: products 6, squares 8 and 6.
        assertThat(Estimate.correlation(new double[] {1, 3, 5}, new double[] {0, 0, 3}))
                .isCloseTo(6 / Math.sqrt(48), within(1e-15));
        assertThat(Estimate.correlation(new double[] {1, 2, 4}, new double[] {-2, -4, -8}))
                .isCloseTo(-1, within(1e-15));
    }

    @Test
    void noCorrelationWithoutThreePointsThatDiffer() {
        assertThat(Estimate.correlation(new double[] {1, 2}, new double[] {1, 2})).isNull();
        assertThat(Estimate.correlation(new double[] {1, 1, 1}, new double[] {1, 2, 3})).isNull();
        assertThat(Estimate.correlation(new double[] {1, 2, 3}, new double[] {4, 4, 4})).isNull();
    }

    @Test
    void logarithmsOfNumbersBeyondADouble() {
        assertThat(Logarithm.base10(BigInteger.valueOf(90).pow(16)))
                .isCloseTo(16 * Math.log10(90), within(1e-12));
        assertThat(Logarithm.base10(BigInteger.TEN.pow(3000))).isCloseTo(3000, within(1e-9));
    }
}
