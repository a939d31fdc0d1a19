package org.djlsparse.io;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

class PrefetchTest {

    @Test
    void handsOutResultsInOrderAndUsesThemAgain() throws IOException {
        AtomicInteger made = new AtomicInteger();
        List<Long> results = new ArrayList<>();
        List<Long> begun = new ArrayList<>();
        Thread caller = Thread.currentThread();
        try (Prefetch<long[]> pieces =
                new Prefetch<>(
                        1000,
                        (index, used) -> {
                            assertThat(Thread.currentThread()).isSameAs(caller);
                            begun.add(index);
                            long[] piece = used == null ? new long[1] : used;
                            made.addAndGet(used == null ? 1 : 0);
                            return () -> {
                                piece[0] = index * index;
                                return piece;
                            };
                        })) {
            while (pieces.hasNext()) {
                results.add(pieces.next()[0]);
            }
        }
        for (long i = 0; i < 1000; i++) {
            assertThat(results.get((int) i)).isEqualTo(i * i);
            assertThat(begun.get((int) i)).isEqualTo(i);
        }
        assertThat(results).hasSize(1000);
        // The pieces in progress, and the one that was returned.
        assertThat(made).hasValueLessThanOrEqualTo(18);
    }

    @Test
    void beginsNoMoreThanToldAheadOfTheTaker() throws IOException {
        AtomicInteger begun = new AtomicInteger();
        try (Prefetch<Long> pieces =
                new Prefetch<>(
                        50,
                        1,
                        (index, used) -> {
                            begun.incrementAndGet();
                            return () -> index;
                        })) {
            for (int taken = 1; pieces.hasNext(); taken++) {
                pieces.next();
                assertThat(begun).hasValue(taken);
            }
        }
    }

    @Test
    void anErrorComesWhenItIsThePiecesTurn() throws IOException {
        try (Prefetch<Long> pieces =
                new Prefetch<>(
                        10,
                        (index, used) -> {
                            if (index == 2) {
                                throw new IOException("third");
                            }
                            return () -> index;
                        })) {
            assertThat(pieces.next()).isZero();
            assertThat(pieces.next()).isEqualTo(1);
            assertThatIOException().isThrownBy(pieces::next).withMessage("third");
        }
        try (Prefetch<Long> pieces =
                new Prefetch<>(
                        10,
                        (index, used) ->
                                () -> {
                                    if (index > 0) {
                                        throw new IllegalStateException("piece " + index);
                                    }
                                    return index;
                                })) {
            assertThat(pieces.next()).isZero();
            assertThatIllegalStateException().isThrownBy(pieces::next).withMessage("piece 1");
        }
    }
}
