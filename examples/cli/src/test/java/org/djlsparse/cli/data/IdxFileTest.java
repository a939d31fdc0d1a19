package org.djlsparse.cli.data;

import org.djlsparse.cli.InputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class IdxFileTest {

    @TempDir Path folder;

    @Test
    void readsDimensionsAndValues() throws IOException {
        IdxFile idx = IdxFile.read(IdxBytes.write(file(), 0x803, 24, 2, 3, 4), 3);

        assertThat(idx.dimensions()).containsExactly(2, 3, 4);
        assertThat(idx.values()).hasSize(24);
        assertThat(idx.count()).isEqualTo(2);
    }

    @Test
    void refusesAnotherMagicNumber() throws IOException {
        IdxBytes.write(file(), 0x801, 2, 2);

        assertBroken("magic number 0x00000801, must have 0x00000803");
    }

    @Test
    void refusesMissingValues() throws IOException {
        IdxBytes.write(file(), 0x803, 23, 2, 3, 4);

        assertBroken("ends early: 23 of 24 values");
    }

    @Test
    void refusesAHeaderCutShort() throws IOException {
        IdxBytes.write(file(), 0x803, 0, 2);

        assertBroken("ends early");
    }

    @Test
    void refusesAGzipStreamCutShort() throws IOException {
        byte[] whole = Files.readAllBytes(IdxBytes.write(file(), 0x803, 24, 2, 3, 4));
        Files.write(file(), Arrays.copyOf(whole, whole.length / 2));

        assertBroken("ends early");
    }

    @Test
    void refusesMoreThanItsDimensionsSay() throws IOException {
        IdxBytes.write(file(), 0x803, 25, 2, 3, 4);

        assertBroken("goes on after its 24 values");
    }

    @Test
    void refusesImpossibleDimensions() throws IOException {
        IdxBytes.write(file(), 0x803, 0, 1 << 20, 1 << 20, 4);

        assertBroken("dimensions [1048576, 1048576]");
    }

    @Test
    void refusesWhatIsNotGzip() throws IOException {
        Files.writeString(file(), "not gzip");

        assertBroken("is not valid gzip");
    }

    @Test
    void refusesAMissingFile() {
        assertBroken("is missing");
    }

    private void assertBroken(String what) {
        assertThatThrownBy(() -> IdxFile.read(file(), 3))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("values.gz")
                .hasMessageContaining(what);
    }

    private Path file() {
        return folder.resolve("values.gz");
    }
}
