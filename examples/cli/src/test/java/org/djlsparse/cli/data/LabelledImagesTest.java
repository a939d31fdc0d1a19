package org.djlsparse.cli.data;

import org.djlsparse.cli.InputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class LabelledImagesTest {

    @TempDir Path folder;

    @Test
    void readsAPart() throws IOException {
        IdxBytes.writeMnist(folder, 3);

        assertThat(LabelledImages.read(folder, "t10k").count()).isEqualTo(3);
    }

    @Test
    void refusesAnotherNumberOfLabels() throws IOException {
        IdxBytes.writeMnist(folder, 3);
        IdxBytes.write(folder.resolve("train-labels-idx1-ubyte.gz"), 0x801, 2, 2);

        assertBroken("train-labels-idx1-ubyte.gz has 2 labels for 3 images");
    }

    @Test
    void refusesAnotherImageSize() throws IOException {
        IdxBytes.writeMnist(folder, 1);
        IdxBytes.write(folder.resolve("train-images-idx3-ubyte.gz"), 0x803, 12, 1, 3, 4);

        assertBroken("3 x 4, must have 28 x 28");
    }

    private void assertBroken(String what) {
        assertThatThrownBy(() -> LabelledImages.read(folder, "train"))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(what);
    }
}
