package org.djlsparse.convert;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Arrays;
import java.util.Objects;

import static org.assertj.core.api.Assertions.assertThat;

class PositionSampleTest {

    @ParameterizedTest
    @ValueSource(ints = {7, 8, 64, 100})
    void choosesEvenlyAmongThePlacesOfSentencesOfAnyLength(int length) {
        int sentences = 20_000 / length;
        PositionSample sample = new PositionSample((long) sentences * length, 4000);
        int[] chosen = new int[length];
        int all = 0;
        for (int i = 0; i < sentences; i++) {
            for (long place : Objects.requireNonNull(sample.next(length))) {
                chosen[(int) place]++;
                all++;
            }
        }

        assertThat(all).isBetween(3950, 4050);
        double expected = (double) all / length;
        assertThat(Arrays.stream(chosen).max().orElseThrow()).isLessThan((int) (1.5 * expected));
        assertThat(Arrays.stream(chosen).min().orElseThrow()).isGreaterThan((int) (0.5 * expected));
    }

    @Test
    void partsChooseWhatTheWholeChooses() {
        PositionSample whole = new PositionSample(1000, 300);
        PositionSample first = new PositionSample(1000, 300);
        PositionSample rest = new PositionSample(1000, 300, 350);

        assertThat(first.next(350)).isEqualTo(whole.next(350));
        assertThat(rest.next(400)).isEqualTo(whole.next(400));
        assertThat(rest.next(250)).isEqualTo(whole.next(250));
    }

    @Test
    void choosesAllIfThereAreNotTooMany() {
        assertThat(new PositionSample(100, 100).next(60)).isNull();
        assertThat(new PositionSample(0, 100).next(0)).isNull();
    }
}
