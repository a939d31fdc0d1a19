package org.djlsparse.examples.cli;

import org.djlsparse.io.ElementType;
import org.djlsparse.io.TensorInfo;
import org.djlsparse.io.WeightFileWriter;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;

import javax.imageio.ImageIO;

import static org.assertj.core.api.Assertions.assertThat;

class PictureCommandTest {

    private static final int RED = 0xffcc3311;

    @TempDir Path folder;

    private Path in;
    private Path out;

    @BeforeEach
    void writeWeights() throws IOException {
        in = folder.resolve("weights.safetensors");
        out = folder.resolve("tile.png");
        Random random = new Random(1);
        ByteBuffer bytes =
                ByteBuffer.allocate(64 * 64 * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        while (bytes.hasRemaining()) {
            bytes.putFloat((float) random.nextGaussian());
        }
        List<TensorInfo> tensors = List.of(TensorInfo.of("layer/weight", ElementType.F32, 64, 64));
        try (WeightFileWriter writer = WeightFileWriter.create(in, tensors, Map.of(), false)) {
            writer.write(bytes.array(), 0, bytes.capacity());
            writer.complete();
            writer.replace();
        }
    }

    @Test
    void framesWhereASolverDiffersFromTheBestMask() throws IOException {
        assertThat(picture("--solver", "greedy").exitCode()).isZero();
        assertThat(redPixels()).isPositive();

        assertThat(picture("--solver", "exact").exitCode()).isZero();
        assertThat(redPixels()).isZero();
    }

    @Test
    void refusesWhatItCannotDraw() throws IOException {
        assertRefused(picture("--pattern", "40:80"), "40:80");
        assertRefused(picture("--solver", "enumeration"), "enumeration");
        assertRefused(picture("--tensor", "other"), "other");
        assertRefused(picture("--pattern", "32:64", "--tensor", "layer/weigh."), "weigh.");
        out = folder.resolve("tile.jpg");
        assertRefused(picture(), "must end in .png");
        out = folder.resolve("none").resolve("tile.png");
        assertRefused(picture(), "a folder that can be written");
        in = folder.resolve("none.npy");
        out = folder.resolve("tile.png");
        assertRefused(picture(), "no such file");
        assertThat(Files.exists(out)).isFalse();
    }

    private Outcome picture(String... options) {
        String[] args = new String[options.length + 3];
        args[0] = "picture";
        System.arraycopy(options, 0, args, 1, options.length);
        args[options.length + 1] = in.toString();
        args[options.length + 2] = out.toString();
        return Outcome.of(args);
    }

    private int redPixels() throws IOException {
        BufferedImage image = ImageIO.read(out.toFile());
        int count = 0;
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                count += image.getRGB(x, y) == RED ? 1 : 0;
            }
        }
        return count;
    }

    private static void assertRefused(Outcome outcome, String part) {
        assertThat(outcome.exitCode()).isEqualTo(2);
        assertThat(outcome.err()).hasLineCount(1).contains(part);
    }
}
