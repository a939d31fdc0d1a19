package org.djlsparse.io;

import org.junit.jupiter.api.Test;

import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

class CloseAllTest {

    private final List<String> closed = new ArrayList<>();

    @Test
    void theFirstFailureIsThrownAndTheOthersAreKept() {
        List<Closeable> all = List.of(failing("a"), () -> closed.add("b"), failing("c"));

        assertThatIOException()
                .isThrownBy(() -> CloseAll.of(all))
                .withMessage("a")
                .satisfies(
                        e ->
                                assertThat(e.getSuppressed())
                                        .extracting(Throwable::getMessage)
                                        .containsExactly("c"));
        assertThat(closed).containsExactly("a", "b", "c");
    }

    @Test
    void aFailureBeforeClosingStaysTheOneToThrow() {
        Exception before = new IOException("before");

        CloseAll.after(before, failing("a"));

        assertThat(before.getSuppressed()).extracting(Throwable::getMessage).containsExactly("a");
        assertThat(closed).containsExactly("a");
    }

    @Test
    void aResourceIsClosedIfNothingCanBeMadeOfIt() throws IOException {
        Closeable kept = () -> closed.add("kept");
        assertThat(CloseAll.<Closeable, String, IOException>onFailure(kept, r -> "made"))
                .isEqualTo("made");
        assertThat(closed).isEmpty();

        assertThatIOException()
                .isThrownBy(
                        () ->
                                CloseAll.onFailure(
                                        failing("a"),
                                        r -> {
                                            throw new IOException("before");
                                        }))
                .withMessage("before")
                .satisfies(e -> assertThat(e.getSuppressed()).hasSize(1));
        assertThat(closed).containsExactly("a");
    }

    private Closeable failing(String name) {
        return () -> {
            closed.add(name);
            throw new IOException(name);
        };
    }
}
