package org.djlsparse.io;

import java.nio.ByteBuffer;
import java.nio.ShortBuffer;

/**
 * Decodes the bytes of a floating tensor to floats. Half precision, bfloat16 and single precision
 * are exact. Double precision is multiplied by a power of two, then rounded.
 */
public final class FloatDecoder {

    /** Far from a float's limits, 2^128 and 2^-149: sums of many stay finite. */
    private static final int LARGEST_EXPONENT = 99;

    private final TensorInfo tensor;
    // Two powers of two: one that scales the smallest doubles would not be a double itself.
    private final double factor;
    private final double secondFactor;

    private FloatDecoder(TensorInfo tensor, int shift) {
        this.tensor = tensor;
        int first = Math.min(shift, Double.MAX_EXPONENT);
        factor = Math.scalb(1.0, first);
        secondFactor = Math.scalb(1.0, shift - first);
    }

    /**
     * Creates a decoder that does not scale.
     *
     * @param tensor the tensor
     * @return the decoder
     * @throws IllegalArgumentException if the tensor's type is not floating
     */
    public static FloatDecoder of(TensorInfo tensor) {
        if (!tensor.type().isDecodable()) {
            throw new IllegalArgumentException(
                    "tensor \"" + tensor.name() + "\": " + tensor.typeName() + " is not floating");
        }
        return new FloatDecoder(tensor, 0);
    }

    /**
     * Creates a decoder that scales double precision by a power of two, so that magnitudes beyond a
     * float's range keep their order. For other types it is the same as {@link #of}.
     *
     * @param tensor the tensor
     * @param largest the largest finite magnitude in the tensor
     * @return the decoder
     * @throws IllegalArgumentException if the tensor's type is not floating
     */
    public static FloatDecoder scaled(TensorInfo tensor, double largest) {
        FloatDecoder plain = of(tensor);
        return tensor.type() == ElementType.F64
                ? new FloatDecoder(tensor, LARGEST_EXPONENT - Math.getExponent(largest))
                : plain;
    }

    /**
     * Decodes elements.
     *
     * @param bytes the elements' bytes, from index 0 on
     * @param count the number of elements
     * @param to takes the values, from index 0 on
     */
    public void decode(byte[] bytes, int count, float[] to) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(tensor.byteOrder());
        switch (tensor.type()) {
            case F32 -> buffer.asFloatBuffer().get(to, 0, count);
            case F64 -> {
                for (int i = 0; i < count; i++) {
                    to[i] = (float) (buffer.getDouble(i * Double.BYTES) * factor * secondFactor);
                }
            }
            case BF16 -> {
                ShortBuffer values = buffer.asShortBuffer();
                for (int i = 0; i < count; i++) {
                    to[i] = Float.intBitsToFloat(values.get(i) << 16);
                }
            }
            default -> {
                ShortBuffer values = buffer.asShortBuffer();
                for (int i = 0; i < count; i++) {
                    to[i] = halfToFloat(values.get(i));
                }
            }
        }
    }

    /**
     * Finds the largest finite magnitude.
     *
     * @param bytes the elements' bytes, from index 0 on
     * @param count the number of elements
     * @return the magnitude; 0 if no element is finite
     * @throws IllegalArgumentException if the tensor's type is not {@link ElementType#F64}
     */
    public double largestMagnitude(byte[] bytes, int count) {
        if (tensor.type() != ElementType.F64) {
            throw new IllegalArgumentException(
                    "tensor \"" + tensor.name() + "\": must be F64, is " + tensor.type());
        }
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(tensor.byteOrder());
        double largest = 0;
        for (int i = 0; i < count; i++) {
            double magnitude = Math.abs(buffer.getDouble(i * Double.BYTES));
            if (magnitude <= Double.MAX_VALUE) {
                largest = Math.max(largest, magnitude);
            }
        }
        return largest;
    }

    /** {@code Float.float16ToFloat} of JDK 20. */
    static float halfToFloat(short half) {
        int sign = (half & 0x8000) << 16;
        int exponent = half >> 10 & 0x1f;
        int fraction = half & 0x3ff;
        if (exponent == 0) {
            float magnitude = fraction * 0x1p-24f;
            return sign == 0 ? magnitude : -magnitude;
        }
        // Infinity and NaN keep the largest exponent. Others move from a bias of 15 to 127.
        int wide = exponent == 0x1f ? 0xff : exponent + 112;
        return Float.intBitsToFloat(sign | wide << 23 | fraction << 13);
    }
}
