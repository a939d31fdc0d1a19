package org.djlsparse.spark;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

class LibraryVersionTest {

    @Test
    void anotherVersionIsNamedWithItsHost() {
        String version = LibraryVersion.get();
        assertThat(version).matches("\\d+\\.\\d+.*");
        assertThatCode(() -> LibraryVersion.check(version, "host7")).doesNotThrowAnyException();
        assertThatIllegalStateException()
                .isThrownBy(() -> LibraryVersion.check("9.9", "host7"))
                .withMessage(
                        "executor on host7: has djl-sparse-spark "
                                + version
                                + ", must have the driver's 9.9");
    }
}
