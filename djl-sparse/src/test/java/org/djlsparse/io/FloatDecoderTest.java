package org.djlsparse.io;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class FloatDecoderTest {

    private static final int ALL = 1 << 16;

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void decodesEachHalfPrecisionValue(boolean bigEndian) {
        assertDecodes(ElementType.F16, 10, 5, bigEndian);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void decodesEachBfloat16Value(boolean bigEndian) {
        assertDecodes(ElementType.BF16, 7, 8, bigEndian);
    }

    private static void assertDecodes(
            ElementType type, int fractionBits, int exponentBits, boolean bigEndian) {
        ByteOrder order = bigEndian ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
        ByteBuffer bytes = ByteBuffer.allocate(2 * ALL).order(order);
        for (int bits = 0; bits < ALL; bits++) {
            bytes.putShort((short) bits);
        }
        FloatDecoder decoder = FloatDecoder.of(new TensorInfo("w", type, order, new long[] {ALL}));
        float[] values = new float[ALL];

        decoder.decode(bytes.array(), ALL, values);

        for (int bits = 0; bits < ALL; bits++) {
            double expected = ieee(bits, fractionBits, exponentBits);
            // Compared as Double, which distinguishes the zeros and has one NaN.
            if (Double.compare(values[bits], expected) != 0) {
                assertThat((double) values[bits]).as("bits %x", bits).isEqualTo(expected);
            }
        }
    }

    /** Returns the value of a 16-bit float according to IEEE 754. */
    private static double ieee(int bits, int fractionBits, int exponentBits) {
        int fraction = bits % (1 << fractionBits);
        int exponent = bits / (1 << fractionBits) % (1 << exponentBits);
        double sign = bits >= 1 << 15 ? -1 : 1;
        int bias = (1 << (exponentBits - 1)) - 1;
        double part = fraction / Math.pow(2, fractionBits);
        if (exponent == (1 << exponentBits) - 1) {
            return fraction == 0 ? sign * Double.POSITIVE_INFINITY : Double.NaN;
        }
        return exponent == 0
                ? sign * part * Math.pow(2, 1 - bias)
                : sign * (1 + part) * Math.pow(2, exponent - bias);
    }

    @Test
    void keepsTheBitsOfSinglePrecision() {
        int[] bits = {0, 0x80000000, 1, 0x3f800001, 0xff7fffff, 0x7f800000, 0x7fc12345};
        ByteBuffer bytes = ByteBuffer.allocate(4 * bits.length);
        for (int value : bits) {
            bytes.putInt(value);
        }
        float[] values = new float[bits.length];

        FloatDecoder.of(new TensorInfo("w", ElementType.F32, ByteOrder.BIG_ENDIAN, new long[] {7}))
                .decode(bytes.array(), bits.length, values);

        for (int i = 0; i < bits.length; i++) {
            assertThat(Float.floatToRawIntBits(values[i])).isEqualTo(bits[i]);
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {1e300, 1.0, 3e-7, 1e-300, 1e-310, 0x1.8p1023, Double.MIN_VALUE})
    void scalesDoublesByAPowerOfTwo(double largest) {
        TensorInfo tensor = TensorInfo.of("w", ElementType.F64, 6);
        double[] doubles = {largest, -largest / 2, 0, -0.0, Double.NaN, Double.NEGATIVE_INFINITY};
        ByteBuffer bytes = ByteBuffer.allocate(48).order(ByteOrder.LITTLE_ENDIAN);
        for (double value : doubles) {
            bytes.putDouble(value);
        }
        float[] values = new float[6];
        FloatDecoder plain = FloatDecoder.of(tensor);
        assertThat(plain.largestMagnitude(bytes.array(), 6)).isEqualTo(largest);

        FloatDecoder.scaled(tensor, largest).decode(bytes.array(), 6, values);

        assertThat(values[0]).isBetween(0x1p40f, 0x1p100f);
        // The fraction remains, rounded.
        assertThat(values[0] / Math.scalb(1f, Math.getExponent(values[0])))
                .isEqualTo((float) fraction(largest));
        // The smallest double cannot be halved.
        assertThat(values[1]).isEqualTo(largest == Double.MIN_VALUE ? -0f : -values[0] / 2);
        assertThat(values[2]).isZero();
        assertThat(values[3]).isZero();
        assertThat(values[4]).isNaN();
        assertThat(values[5]).isEqualTo(Float.NEGATIVE_INFINITY);
    }

    /** Returns a value's fraction, from 1 to 2, by doubling and halving. */
    private static double fraction(double value) {
        double fraction = value;
        while (fraction < 1) {
            fraction *= 2;
        }
        while (fraction >= 2) {
            fraction /= 2;
        }
        return fraction;
    }

    @ParameterizedTest
    @EnumSource(
            value = ElementType.class,
            mode = EnumSource.Mode.EXCLUDE,
            names = {"F64", "F32", "F16", "BF16"})
    void refusesOtherTypes(ElementType type) {
        assertThat(type.isDecodable()).isFalse();
        TensorInfo tensor =
                type.isOpaque()
                        ? TensorInfo.opaque("w", type, "other", 4, 2, 4)
                        : TensorInfo.of("w", type, 2, 4);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> FloatDecoder.of(tensor))
                .withMessageContaining("\"w\"");
    }
}
