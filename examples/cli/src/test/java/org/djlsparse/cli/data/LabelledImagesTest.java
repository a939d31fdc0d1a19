package org.djlsparse.cli.data;

import org.djlsparse.cli.InputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

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
    void splitsEachImageWithItsLabel() {
        byte[] pixels = new byte[8 * 28 * 28];
        byte[] labels = new byte[8];
        for (int i = 0; i < 8; i++) {
            labels[i] = (byte) i;
            Arrays.fill(pixels, i * 784, (i + 1) * 784, (byte) i);
        }
        LabelledImages images =
                new LabelledImages(
                        new IdxFile(folder, new int[] {8, 28, 28}, pixels),
                        new IdxFile(folder, new int[] {8}, labels));

        List<LabelledImages> parts = images.split(0.25, 1);

        Set<Byte> all = new TreeSet<>();
        for (LabelledImages part : parts) {
            for (int i = 0; i < part.count(); i++) {
                byte label = part.labels().values()[i];
                assertThat(part.images().values()[i * 784]).isEqualTo(label);
                assertThat(part.images().values()[i * 784 + 783]).isEqualTo(label);
                all.add(label);
            }
        }
        assertThat(parts.get(0).count()).isEqualTo(6);
        assertThat(parts.get(1).count()).isEqualTo(2);
        assertThat(all).hasSize(8);
        assertThat(images.split(0.25, 2).get(1).labels().values())
                .isNotEqualTo(parts.get(1).labels().values());
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
