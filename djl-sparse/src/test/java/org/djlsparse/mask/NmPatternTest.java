package org.djlsparse.mask;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class NmPatternTest {

    @Test
    void countsKeptEntries() {
        NmPattern pattern = NmPattern.of(1, 4);

        assertThat(pattern.getDensity()).isEqualTo(0.25);
        assertThat(pattern).hasToString("1:4").isEqualTo(NmPattern.parse(" 1 : 4 "));
    }

    @Test
    void pruningCountsZeros() {
        assertThat(NmPattern.pruning(3, 4)).isEqualTo(NmPattern.of(1, 4));
        assertThat(NmPattern.pruning(4, 8)).isEqualTo(NmPattern.of(4, 8));
    }

    @ParameterizedTest
    @CsvSource({
        "5, 4, N must be from 1 to M = 4",
        "0, 4, N must be from 1 to M = 4",
        "-1, 4, N must be from 1 to M = 4",
        "1, 1, M must be at least 2",
        "1, -8, M must be at least 2"
    })
    void impossiblePatternNamesTheLimit(int n, int m, String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> NmPattern.of(n, m))
                .withMessage("pattern " + n + ":" + m + ": " + message);
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 4, 5})
    void impossibleZerosNameTheLimit(int zeros) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> NmPattern.pruning(zeros, 4))
                .withMessage("zeros " + zeros + ": must be from 0 to M - 1 = 3");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "24", "2:4:8", "a:4", "2.5:4", "99999999999:4"})
    void unreadableTextSaysTheForm(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> NmPattern.parse(text))
                .withMessage("pattern \"" + text + "\": must be N:M, such as 2:4");
    }
}
