package org.djlsparse.convert;

import org.djlsparse.mask.NmPattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

class PatternChooserTest {

    @ParameterizedTest
    @ValueSource(doubles = {0, 0.1, 0.5, 0.734, 0.95, 1})
    void equalsTheSumOverAllGroups(double sparsity) {
        for (int m : new int[] {2, 4, 8, 13}) {
            double[] counts = new double[m + 1];
            for (int group = 0; group < 1 << m; group++) {
                double probability = 1;
                for (int bit = 0; bit < m; bit++) {
                    probability *= (group >> bit & 1) == 1 ? 1 - sparsity : sparsity;
                }
                counts[Integer.bitCount(group)] += probability;
            }
            for (double confidence : new double[] {0, 0.3, 0.9, 0.99}) {
                PatternChooser chooser = new PatternChooser(m, confidence);
                double tail = counts[0];
                int expected = 0;
                do {
                    expected++;
                    tail += counts[expected];
                } while (tail < confidence && expected < m);
                assertThat(chooser.choose(sparsity)).isEqualTo(NmPattern.of(expected, m));
                for (int n = 0; n <= m; n++) {
                    assertThat(chooser.getProbability(n, sparsity))
                            .isCloseTo(counts[n], within(1e-12));
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"0.5, 0.6, 2", "0.5, 0.9, 3", "0.9, 0.9, 1", "0.05, 0.9, 4"})
    void choosesByTheTailAtM4(double sparsity, double confidence, int n) {
        // P(Bin(4, 1/2) <= 2) = 11/16, <= 3 = 15/16; P(Bin(4, 0.1) <= 1) = 0.948
        assertThat(new PatternChooser(4, confidence).choose(sparsity))
                .isEqualTo(NmPattern.of(n, 4));
    }

    @Test
    void longGroupsNeitherOverflowNorVanish() {
        PatternChooser chooser = new PatternChooser(2000, 0.5);
        assertThat(chooser.choose(0.5).n()).isEqualTo(1000);
        assertThat(chooser.choose(0.9).n()).isBetween(198, 202);
    }

    @Test
    void refusesWhatIsNoShare() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new PatternChooser(1, 0.9))
                .withMessage("M 1: must be at least 2");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new PatternChooser(4, 1))
                .withMessage("confidence 1.0: must be from 0 to below 1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new PatternChooser(4, Double.NaN))
                .withMessageContaining("confidence NaN");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new PatternChooser(4, 0.9).choose(1.5))
                .withMessage("sparsity 1.5: must be from 0 to 1");
    }
}
