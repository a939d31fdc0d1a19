package org.djlsparse.cli.command;

import org.djlsparse.io.ElementType;
import org.djlsparse.io.TensorInfo;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

import javax.imageio.ImageIO;

import static org.assertj.core.api.Assertions.assertThat;

class PictureCommandTest {

    private static final int RED = 0xffcc3311;
    private static final int DARKEST = 0xff08306b;

    @TempDir Path folder;

    private Path in;
    private Path out;

    @BeforeEach
    void writeWeights() throws IOException {
        in = folder.resolve("weights.safetensors");
        out = folder.resolve("tile.png");
        write(TensorInfo.of("layer/weight", ElementType.F32, 64, 64));
    }

    /** Writes normally distributed weights. */
    private void write(TensorInfo... tensors) throws IOException {
        Map<TensorInfo, byte[]> bytes = new LinkedHashMap<>();
        for (TensorInfo tensor : tensors) {
            bytes.put(tensor, WeightFiles.gaussian(tensor, 1 + bytes.size()));
        }
        WeightFiles.write(in, bytes);
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
        assertRefused(picture("--pattern", "40:80"), "--pattern 40:80: M must be at most 64");
        assertRefused(
                picture("--solver", "enumeration"),
                "--solver enumeration: does not support 4:8, the default of --pattern");
        assertRefused(
                picture("--solver", "enumeration", "--pattern", "2:6"),
                "--solver enumeration: does not support --pattern 2:6");
        assertRefused(picture("--tensor", "other"), "--tensor other: no such tensor in " + in);
        assertRefused(
                picture("--pattern", "32:64", "--tensor", "layer/weigh."),
                "--tensor layer/weigh.: no such tensor");
        out = folder.resolve("tile.jpg");
        assertRefused(picture(), "must end in .png");
        out = folder.resolve("none").resolve("tile.png");
        assertRefused(picture(), "a folder that can be written");
        in = folder.resolve("none.npy");
        out = folder.resolve("tile.png");
        assertRefused(picture(), "no such file");
        assertThat(Files.exists(out)).isFalse();
    }

    @Test
    void passesOverTensorsWithoutAWholeTile() throws IOException {
        TensorInfo vector = TensorInfo.of("norm.weight", ElementType.F32, 64);
        TensorInfo stem = TensorInfo.of("stem.weight", ElementType.F32, 32, 3, 3, 3);
        TensorInfo embedding = TensorInfo.of("embed.weight", ElementType.F32, 32, 32);
        write(vector, stem, embedding, TensorInfo.of("fc.weight", ElementType.F32, 8, 9));

        assertThat(picture().exitCode()).isZero();
        byte[] first = Files.readAllBytes(out);
        assertThat(picture("--tensor", "fc.weight").exitCode()).isZero();
        assertThat(out).hasBinaryContent(first);
        assertThat(picture("--tensor", "embed.weight").exitCode()).isZero();
        assertThat(Files.readAllBytes(out)).isNotEqualTo(first);
        assertRefused(
                picture("--tensor", "stem.weight"),
                "--tensor stem.weight: has no whole tile of 8 x 8: 3 inputs, fewer than M = 8");
        assertRefused(
                picture("--tensor", "norm.weight"),
                "--tensor norm.weight: has no whole tile of 8 x 8: 1 dimension, not [out, in]");

        write(vector, stem);
        assertRefused(
                picture(),
                in
                        + ": no tensor that gets a mask has a whole tile of 8 x 8; the first,"
                        + " \"norm.weight\": 1 dimension, not [out, in]");
    }

    @ParameterizedTest
    @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY})
    void refusesWeightsThatAreNotFiniteAsMaskDoes(double value) throws IOException {
        for (ElementType type : new ElementType[] {ElementType.F64, ElementType.F32}) {
            TensorInfo tensor = TensorInfo.of("fc.weight", type, 8, 16);
            byte[] bytes = WeightFiles.gaussian(tensor, 1);
            ByteBuffer buffer = ByteBuffer.wrap(bytes).order(tensor.byteOrder());
            if (type == ElementType.F64) {
                buffer.putDouble((16 + 3) * Double.BYTES, value);
            } else {
                buffer.putFloat((16 + 3) * Float.BYTES, (float) value);
            }
            WeightFiles.write(in, Map.of(tensor, bytes));
            Outcome mask = Outcome.of("mask", in.toString(), in.toString());
            String message =
                    in
                            + ": tensor \"fc.weight\": weight at row 1, column 3 is "
                            + value
                            + ": must be finite";
            assertThat(mask.err()).contains(message);

            assertRefused(picture(), message);
        }
        assertThat(out).doesNotExist();
    }

    /** A picture shows no more than ratios. */
    @Test
    void drawsValuesBeyondFloatsAsOthers() throws IOException {
        double[] values = {8, 7, 6, 5, 4, 3, 2, 1};
        byte[] expected = null;
        for (double scale : new double[] {1, 0x1p1020, 0x1p-1070}) {
            TensorInfo tensor = TensorInfo.of("fc.weight", ElementType.F64, 8, 8);
            ByteBuffer buffer = ByteBuffer.wrap(new byte[512]).order(tensor.byteOrder());
            for (int i = 0; i < 64; i++) {
                buffer.putDouble(values[(i * 5 + i / 8) % 8] * scale);
            }
            WeightFiles.write(in, Map.of(tensor, buffer.array()));

            Outcome outcome = picture();

            assertThat(outcome.exitCode()).as(outcome.err()).isZero();
            byte[] drawn = Files.readAllBytes(out);
            assertThat(drawn).isEqualTo(expected == null ? drawn : expected);
            expected = drawn;
        }
    }

    @Test
    void drawsTheLargestAndTheSmallestFloats() throws IOException {
        for (float largest : new float[] {Float.MAX_VALUE, 100 * Float.MIN_VALUE}) {
            float[] values = new float[64];
            for (int i = 0; i < 64; i++) {
                values[i] = largest / (1 + (i * 5 + i / 8) % 8);
            }
            WeightFiles.writeFloats(in, new long[] {8, 8}, values);
            for (String solver : new String[] {"greedy", "entropic", "light-first", "flow"}) {
                Outcome outcome = picture("--solver", solver);
                assertThat(outcome.exitCode()).as(outcome.err()).isZero();
                assertThat(ImageIO.read(out.toFile()).getRGB(28, 82))
                        .as("the first entry, the largest")
                        .isEqualTo(DARKEST);
            }
        }
    }

    @Test
    void aPictureThatCannotBeWrittenIsAnErrorOfOneLine() throws IOException {
        Files.createDirectory(out);
        PrintStream before = System.err;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        Outcome outcome;
        try {
            System.setErr(new PrintStream(printed, true, StandardCharsets.UTF_8));
            outcome = picture();
        } finally {
            System.setErr(before);
        }
        assertThat(outcome.exitCode()).isEqualTo(1);
        assertThat(outcome.err().strip()).hasLineCount(1).contains(out.toString());
        assertThat(printed.toString(StandardCharsets.UTF_8)).isEmpty();
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
