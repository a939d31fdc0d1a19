package org.djlsparse.io;

import org.jspecify.annotations.Nullable;

import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Objects;

/**
 * What a file says about a tensor.
 *
 * @param name its name; never used as a path
 * @param type the type of its elements
 * @param byteOrder how the bytes of an element are ordered
 * @param shape its dimensions; none for a scalar
 */
@SuppressWarnings("ArrayRecordComponent") // copied on the way in and out
public record TensorInfo(String name, ElementType type, ByteOrder byteOrder, long[] shape) {

    /**
     * Creates a description.
     *
     * @throws IllegalArgumentException if a dimension is negative or the tensor has more than
     *     {@code Long.MAX_VALUE} bytes
     */
    public TensorInfo {
        shape = shape.clone();
        byteCount(type, shape);
    }

    /**
     * Creates the description of a little-endian tensor.
     *
     * @param name its name
     * @param type the type of its elements
     * @param shape its dimensions
     * @return the description
     * @throws IllegalArgumentException if a dimension is negative or the tensor has more than
     *     {@code Long.MAX_VALUE} bytes
     */
    public static TensorInfo of(String name, ElementType type, long... shape) {
        return new TensorInfo(name, type, ByteOrder.LITTLE_ENDIAN, shape);
    }

    private static long byteCount(ElementType type, long... shape) {
        boolean empty = false;
        for (long dimension : shape) {
            if (dimension < 0) {
                throw new IllegalArgumentException(
                        "shape " + Arrays.toString(shape) + ": no dimension may be negative");
            }
            empty |= dimension == 0;
        }
        if (empty) {
            return 0;
        }
        long count = type.getBytes();
        for (long dimension : shape) {
            if (dimension > Long.MAX_VALUE / count) {
                throw new IllegalArgumentException(
                        "shape "
                                + Arrays.toString(shape)
                                + " of "
                                + type
                                + ": must be fewer than 2^63 bytes");
            }
            count *= dimension;
        }
        return count;
    }

    /**
     * Returns the dimensions.
     *
     * @return a copy
     */
    @Override
    public long[] shape() {
        return shape.clone();
    }

    /** Two are equal if all that they say is, the dimensions one by one. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof TensorInfo info
                && name.equals(info.name)
                && type == info.type
                && byteOrder.equals(info.byteOrder)
                && Arrays.equals(shape, info.shape);
    }

    @Override
    public int hashCode() {
        return Objects.hash(name, type, byteOrder, Arrays.hashCode(shape));
    }

    @Override
    public String toString() {
        return name + " " + type + " " + Arrays.toString(shape) + " " + byteOrder;
    }

    /**
     * Returns the number of elements.
     *
     * @return the product of the dimensions; 1 for a scalar
     */
    public long getCount() {
        return getByteCount() / type.getBytes();
    }

    /**
     * Returns the size of the tensor's data.
     *
     * @return the number of bytes
     */
    public long getByteCount() {
        return byteCount(type, shape);
    }
}
