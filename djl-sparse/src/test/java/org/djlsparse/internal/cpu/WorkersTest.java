package org.djlsparse.internal.cpu;

import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

@Timeout(60) // otherwise a stuck thread would wait forever
class WorkersTest {

    private static final int[] PHASES = {3, 0, 17, 1, 40};

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7})
    void aPhaseBeginsWhenTheOneBeforeIsDone(int threads) {
        AtomicIntegerArray done = new AtomicIntegerArray(PHASES.length);
        AtomicInteger early = new AtomicInteger();
        new JavaThreads(threads)
                .forEachInPhases(
                        PHASES,
                        (phase, i) -> {
                            for (int before = 0; before < phase; before++) {
                                if (done.get(before) != PHASES[before]) {
                                    early.incrementAndGet();
                                }
                            }
                            done.incrementAndGet(phase);
                        });
        for (int phase = 0; phase < PHASES.length; phase++) {
            assertThat(done.get(phase)).as("phase %d", phase).isEqualTo(PHASES[phase]);
        }
        assertThat(early).hasValue(0);
    }

    @RepeatedTest(20)
    void aFailureEndsThePhasesBehindIt() {
        AtomicInteger behind = new AtomicInteger();
        assertThatThrownBy(
                        () ->
                                new JavaThreads(3)
                                        .forEachInPhases(
                                                PHASES,
                                                (phase, i) -> {
                                                    if (phase == 2 && i == 5) {
                                                        throw new IllegalStateException("task 5");
                                                    }
                                                    if (phase > 2) {
                                                        behind.incrementAndGet();
                                                    }
                                                }))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("task 5");
        assertThat(behind).hasValue(0);
    }
}
