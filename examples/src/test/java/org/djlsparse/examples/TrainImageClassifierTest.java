package org.djlsparse.examples;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;

class TrainImageClassifierTest {

    @TempDir Path folder;

    @Test
    void drawnImages() throws Exception {
        ProgramOutput output = ProgramOutput.of(TrainImageClassifier::main);

        double wrapped = output.number("test accuracy, masks multiplied in:");
        assertThat(wrapped).as("four classes").isGreaterThan(0.75);
        assertThat(output.number("test accuracy, zeros written in:")).isEqualTo(wrapped);
        assertThat(output.numbers("epoch \\d: training loss ([0-9.]+)"))
                .hasSize(5)
                .satisfies(losses -> assertThat(losses.get(4)).isLessThan(losses.get(0) / 2));
        assertThat(output.text())
                .contains("step 200, 6 refreshes")
                .containsPattern("04Conv2d_weight .* 50.0% .* valid  valid")
                .containsPattern("08Linear_weight .* 50.0% .* valid  valid")
                .doesNotContain("warning");
        output.checkPage(TrainImageClassifier.class);
    }

    @Test
    void filesOfMnist() throws Exception {
        write("train", 500);
        write("t10k", 100);

        ProgramOutput output = ProgramOutput.of(TrainImageClassifier::main, folder.toString());

        assertThat(output.text()).contains("step 50, ");
        assertThat(output.number("test accuracy, zeros written in:"))
                .as("ten classes")
                .isGreaterThan(0.5);
    }

    /** Writes images of which one row in ten, the label's, is light. */
    private void write(String name, int count) throws IOException {
        Random random = new Random(count);
        byte[] images = new byte[16 + count * 28 * 28];
        byte[] labels = new byte[8 + count];
        for (int i = 0; i < count; i++) {
            int label = random.nextInt(10);
            labels[8 + i] = (byte) label;
            for (int j = 0; j < 28 * 28; j++) {
                images[16 + i * 28 * 28 + j] = (byte) (j / 28 % 10 == label ? 255 : 0);
            }
        }
        Files.write(folder.resolve(name + "-images-idx3-ubyte"), images);
        Files.write(folder.resolve(name + "-labels-idx1-ubyte"), labels);
    }
}
