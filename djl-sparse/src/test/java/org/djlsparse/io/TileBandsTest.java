package org.djlsparse.io;

import org.djlsparse.io.CheckedTensor.Violation;
import org.djlsparse.mask.Mask;
import org.djlsparse.mask.MaskChecker.Direction;
import org.djlsparse.mask.MaskSolver;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.mask.WeightShape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

/** Tensors of several bands, which are in work at the same time. */
class TileBandsTest {

    private static final NmPattern PATTERN = NmPattern.of(2, 4);
    private static final WeightMasker MASKER = WeightMasker.builder().setPattern(PATTERN).build();

    /** Bands of 256 rows, the last of 6. */
    private static final WeightShape SHAPE = new WeightShape(1030, 256, 4);

    @TempDir private Path folder;

    private final float[] weights = new float[SHAPE.size()];

    private void draw(long seed) {
        Random random = new Random(seed);
        for (int i = 0; i < weights.length; i++) {
            // Exact in each type.
            weights[i] = (random.nextInt(127) + 1) * (random.nextBoolean() ? 1 : -1);
        }
    }

    private Path write(String name, ElementType type, ByteOrder order) throws IOException {
        long[] dimensions = {SHAPE.rows(), SHAPE.columns(), SHAPE.taps()};
        TensorInfo tensor = new TensorInfo("w", type, order, dimensions);
        ByteBuffer bytes = ByteBuffer.allocate((int) tensor.getByteCount()).order(order);
        for (float weight : weights) {
            switch (type) {
                case F64 -> bytes.putDouble(weight);
                case BF16 -> bytes.putShort((short) (Float.floatToRawIntBits(weight) >> 16));
                default -> bytes.putFloat(weight);
            }
        }
        Path path = folder.resolve(name);
        try (WeightFileWriter writer =
                WeightFileWriter.create(path, List.of(tensor), Map.of(), true)) {
            writer.write(bytes.array(), 0, bytes.capacity());
            writer.complete();
            writer.replace();
        }
        return path;
    }

    private static float[] read(Path path) throws IOException {
        try (WeightFile file = WeightFile.open(path)) {
            TensorInfo tensor = file.getTensors().get(0);
            ByteBuffer bytes =
                    ByteBuffer.wrap(file.newInputStream(tensor).readAllBytes())
                            .order(tensor.byteOrder());
            float[] values = new float[(int) tensor.getCount()];
            for (int i = 0; i < values.length; i++) {
                values[i] =
                        switch (tensor.type()) {
                            case F64 -> (float) bytes.getDouble();
                            case BF16 -> Float.intBitsToFloat(bytes.getShort() << 16);
                            default -> bytes.getFloat();
                        };
            }
            return values;
        }
    }

    /** Files that are read anywhere, and one that is read from its first byte to its last. */
    @ParameterizedTest
    @CsvSource({
        "in.safetensors, F32, LITTLE_ENDIAN",
        "in.safetensors, BF16, LITTLE_ENDIAN",
        "in.safetensors, F64, LITTLE_ENDIAN",
        "in.npz, F32, BIG_ENDIAN",
        "in.npy, F64, BIG_ENDIAN"
    })
    void masksAsTheWholeTensorWouldBe(String name, ElementType type, String order)
            throws IOException {
        draw(1);
        ByteOrder byteOrder =
                order.equals("BIG_ENDIAN") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
        Path in = write(name, type, byteOrder);
        Path out = folder.resolve("out-" + name);

        MaskedTensor masked = MASKER.mask(in, out).tensors().get(0);

        Mask whole = MaskSolver.auto().solve(weights, SHAPE, PATTERN);
        float[] expected = new float[weights.length];
        double kept = 0;
        double all = 0;
        for (int row = 0, i = 0; row < SHAPE.rows(); row++) {
            for (int column = 0; column < SHAPE.columns(); column++) {
                for (int tap = 0; tap < SHAPE.taps(); tap++, i++) {
                    expected[i] = whole.isKept(tap, row, column) ? weights[i] : 0f;
                    kept += Math.abs(expected[i]);
                    all += Math.abs(weights[i]);
                }
            }
        }
        assertThat(read(out)).isEqualTo(expected);
        assertThat(masked.keptMagnitude()).isCloseTo(kept / all, within(1e-12));
        assertThat(masked.isTransposable()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"in.safetensors", "in.npz"})
    void namesTheFirstWeightThatIsNotFinite(String name) throws IOException {
        draw(2);
        for (int row : List.of(1029, 700, 301)) {
            weights[SHAPE.index(3, row, 17)] = Float.NEGATIVE_INFINITY;
        }
        weights[SHAPE.index(2, 301, 17)] = Float.NaN;
        Path in = write(name, ElementType.F32, ByteOrder.LITTLE_ENDIAN);

        Path out = folder.resolve("out-" + name);
        assertThatExceptionOfType(WeightFileException.class)
                .isThrownBy(() -> MASKER.mask(in, out))
                .withMessage(
                        in
                                + ": tensor \"w\": weight at row 301, column 17, tap 2 is NaN: must"
                                + " be finite");
        assertThat(out).doesNotExist();
    }

    @Test
    void findsTheFirstViolationTapByTap() throws IOException {
        for (int k = 0; k < 3; k++) {
            weights[SHAPE.index(2, 5, 8 + k)] = 1;
            weights[SHAPE.index(1, 1024 + k, 9)] = 1;
            weights[SHAPE.index(1, 1029, 100 + k)] = 1;
        }
        Path in = write("in.safetensors", ElementType.F32, ByteOrder.LITTLE_ENDIAN);

        CheckReport report = WeightChecker.builder().setPattern(PATTERN).build().check(in);

        assertThat(report.tensors())
                .containsExactly(
                        new CheckedTensor(
                                TensorInfo.of("w", ElementType.F32, 1030, 256, 4),
                                false,
                                false,
                                new Violation(Direction.COLUMN, 1, 256, 2, 1024, 9, 3)));
    }

    @Test
    void probesPatternsOverAllBands() throws IOException {
        // One entry of each eight inputs, and in the last band one of the next pair, too.
        for (int row = 0; row < SHAPE.rows(); row++) {
            for (int tap = 0; tap < SHAPE.taps(); tap++) {
                for (int column = row % 8; column < SHAPE.columns(); column += 8) {
                    weights[SHAPE.index(tap, row, column)] = -1;
                }
            }
        }
        weights[SHAPE.index(3, 1029, 1029 % 8 + 1)] = 1;
        Path in = write("in.safetensors", ElementType.BF16, ByteOrder.LITTLE_ENDIAN);

        PatternProbe.Result found;
        try (WeightFile file = WeightFile.open(in)) {
            found =
                    PatternProbe.probe(
                            file,
                            file.getTensors().get(0),
                            patterns("1:2 1:4 2:4 3:4 1:8 2:8 4:8 1:16 2:16 4:16 8:16"));
        }

        double entries = SHAPE.size();
        assertThat(found.density()).isEqualTo((entries / 8 + 1) / entries);
        List<NmPattern> all = patterns("1:2 2:4 3:4 2:8 4:8 4:16 8:16");
        assertThat(found.alongInputs()).isEqualTo(all);
        assertThat(found.bothWays()).isEqualTo(all);
    }

    private static List<NmPattern> patterns(String texts) {
        return Arrays.stream(texts.split(" ")).map(NmPattern::parse).toList();
    }
}
