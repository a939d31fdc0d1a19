package org.djlsparse.mask;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

class MaskTest {

    private static final NmPattern PATTERN = NmPattern.of(2, 4);

    @ParameterizedTest
    @CsvSource({"4, 4, 1", "1, 1, 1", "5, 130, 1", "7, 64, 9", "3, 65, 4"})
    void keepsWhatItWasMadeOf(int rows, int columns, int taps) {
        WeightShape shape = new WeightShape(rows, columns, taps);
        boolean[] keep = random(shape.size(), 1);
        float[] weights = Weights.gaussian(shape.size(), 2);

        Mask mask = Mask.of(shape, PATTERN, keep);

        assertThat(mask.toBooleanArray()).isEqualTo(keep);
        double kept = 0;
        double all = 0;
        int count = 0;
        float[] floats = mask.toFloatArray();
        for (int tap = 0; tap < taps; tap++) {
            for (int row = 0; row < rows; row++) {
                for (int column = 0; column < columns; column++) {
                    int index = shape.index(tap, row, column);
                    assertThat(mask.isKept(tap, row, column)).isEqualTo(keep[index]);
                    assertThat(floats[index]).isEqualTo(keep[index] ? 1f : 0f);
                    count += keep[index] ? 1 : 0;
                    kept += keep[index] ? Math.abs(weights[index]) : 0;
                    all += Math.abs(weights[index]);
                }
            }
        }
        assertThat(mask.getKeptCount()).isEqualTo(count);
        assertThat(mask.getDensity()).isEqualTo((double) count / shape.size());
        assertThat(mask.getKeptMagnitude(weights)).isCloseTo(kept / all, offset(1e-12));
    }

    @Test
    void validityLooksAtGroupsOfBothDirections() {
        // Two of four in each row; three of four in the first column.
        Mask rowsOnly = of(4, 4, "1100", "1010", "1001", "0110");
        assertThat(rowsOnly.isValidAlongRows()).isTrue();
        assertThat(rowsOnly.isValidAlongColumns()).isFalse();
        assertThat(rowsOnly.isTransposable()).isFalse();

        Mask columnsOnly = of(4, 4, "1111", "1111", "0000", "0000");
        assertThat(columnsOnly.isValidAlongRows()).isFalse();
        assertThat(columnsOnly.isValidAlongColumns()).isTrue();

        assertThat(of(4, 4, "1100", "0011", "1010", "0101").isTransposable()).isTrue();
        // Groups start at multiples of M: columns 2 to 5 are not one.
        assertThat(of(1, 8, "00111100").isTransposable()).isTrue();
        // The last group is shorter, with the same limit.
        assertThat(of(1, 7, "1100111").isValidAlongRows()).isFalse();
        assertThat(of(7, 1, "1", "1", "0", "0", "1", "1", "1").isValidAlongColumns()).isFalse();
        assertThat(of(1, 6, "110011").isValidAlongRows()).isTrue();
    }

    @Test
    void countsFlipsBothWays() {
        Mask one = of(2, 4, "1100", "0011");
        Mask other = of(2, 4, "1010", "0011");

        assertThat(one.countFlips(other)).isEqualTo(2);
        assertThat(other.countFlips(one)).isEqualTo(2);
        assertThat(one.countFlips(one)).isZero();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> one.countFlips(of(4, 2, "11", "00", "00", "11")))
                .withMessage("masks of different shapes: 2 x 4 and 4 x 2");
    }

    @Test
    void equalsByContent() {
        assertThat(of(2, 4, "1100", "0011"))
                .isEqualTo(of(2, 4, "1100", "0011"))
                .hasSameHashCodeAs(of(2, 4, "1100", "0011"))
                .isNotEqualTo(of(2, 4, "1100", "0101"));
    }

    @Test
    void givesAndTakesBits() {
        WeightShape shape = new WeightShape(3, 130, 2);
        boolean[] keep = random(shape.size(), 5);
        Mask mask = Mask.of(shape, PATTERN, keep);

        assertThat(mask.getBits(1, 2, 128))
                .isEqualTo(
                        (keep[shape.index(1, 2, 128)] ? 1 : 0)
                                + (keep[shape.index(1, 2, 129)] ? 2 : 0));
        // Bits past the last column do not matter.
        assertThat(
                        Mask.of(
                                shape,
                                PATTERN,
                                (tap, row, column, count) ->
                                        mask.getBits(tap, row, column)
                                                | (count < Long.SIZE ? -1L << count : 0)))
                .isEqualTo(mask);
        byte[] bytes = new byte[keep.length];
        mask.copyTo(bytes);
        for (int i = 0; i < keep.length; i++) {
            assertThat(bytes[i]).isEqualTo((byte) (keep[i] ? 1 : 0));
        }
        ByteBuffer buffer = ByteBuffer.allocateDirect(keep.length + 2).position(1);
        mask.writeBytes(buffer, (byte) -7, (byte) 9);
        assertThat(buffer.remaining()).isEqualTo(1);
        for (int i = 0; i < keep.length; i++) {
            assertThat(buffer.get(1 + i)).isEqualTo((byte) (keep[i] ? -7 : 9));
        }
        assertThatThrownBy(() -> mask.writeBytes(buffer, (byte) 1, (byte) 0))
                .isInstanceOf(BufferOverflowException.class);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> mask.getBits(0, 0, 3))
                .withMessage("column 3: must be a multiple of 64");
        assertThatThrownBy(() -> mask.getBits(0, 3, 0))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatIllegalArgumentException().isThrownBy(() -> mask.copyTo(new byte[3]));
    }

    @Test
    void addsUpMagnitudes() {
        WeightShape shape = new WeightShape(5, 75, 3);
        boolean[] keep = random(shape.size(), 7);
        float[] weights = new float[shape.size()];
        Random random = new Random(8);
        double kept = 0;
        double all = 0;
        for (int i = 0; i < weights.length; i++) {
            // Few bits, so that sums are exact in any order.
            weights[i] = (random.nextInt(2001) - 1000) / 64f;
            kept += keep[i] ? Math.abs(weights[i]) : 0;
            all += Math.abs(weights[i]);
        }

        Mask.Magnitudes sums = Mask.of(shape, PATTERN, keep).sumMagnitudes(weights);

        assertThat(sums).isEqualTo(new Mask.Magnitudes(kept, all));
        assertThat(sums.plus(new Mask.Magnitudes(1, 2)))
                .isEqualTo(new Mask.Magnitudes(kept + 1, all + 2));
        assertThat(sums.share()).isEqualTo(kept / all);
    }

    @Test
    void allZeroWeightsAreWhollyKept() {
        assertThat(of(1, 4, "1100").getKeptMagnitude(new float[4])).isEqualTo(1);
    }

    @Test
    void refusesWrongLengthsAndPlaces() {
        WeightShape shape = WeightShape.of(2, 4);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Mask.of(shape, PATTERN, new boolean[7]))
                .withMessage("7 weights for a shape of 2 x 4, which has 8");
        Mask mask = of(2, 4, "1100", "0011");
        assertThatIllegalArgumentException().isThrownBy(() -> mask.getKeptMagnitude(new float[9]));
        assertThatThrownBy(() -> mask.isKept(0, 0, 4))
                .isInstanceOf(IndexOutOfBoundsException.class)
                .hasMessage("tap 0, row 0, column 4 of 2 x 4");
    }

    private static boolean[] random(int size, long seed) {
        Random random = new Random(seed);
        boolean[] keep = new boolean[size];
        for (int i = 0; i < size; i++) {
            keep[i] = random.nextBoolean();
        }
        return keep;
    }

    private static Mask of(int rows, int columns, String... lines) {
        boolean[] keep = new boolean[rows * columns];
        String bits = String.join("", lines);
        for (int i = 0; i < keep.length; i++) {
            keep[i] = bits.charAt(i) == '1';
        }
        return Mask.of(WeightShape.of(rows, columns), PATTERN, keep);
    }
}
