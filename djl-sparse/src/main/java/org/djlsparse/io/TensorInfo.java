package org.djlsparse.io;

import org.jspecify.annotations.Nullable;

import java.io.Serializable;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Objects;

/** The description of a tensor in a file: name, type, byte order and shape. */
public final class TensorInfo implements Serializable {

    private static final long serialVersionUID = 1L;

    private final String name;
    private final ElementType type;
    private final String typeName;
    private final boolean bigEndian;
    private final long[] shape;
    private final long byteCount;

    private TensorInfo(
            String name,
            ElementType type,
            String typeName,
            ByteOrder byteOrder,
            long[] shape,
            long byteCount) {
        this.name = Objects.requireNonNull(name);
        this.type = type;
        this.typeName = typeName;
        bigEndian = byteOrder == ByteOrder.BIG_ENDIAN;
        this.shape = shape;
        this.byteCount = byteCount;
    }

    /**
     * Creates a description.
     *
     * @param name the tensor's name; never used as a path
     * @param type the type of its elements, not {@linkplain ElementType#isOpaque opaque}
     * @param byteOrder the order of an element's bytes
     * @param shape its dimensions; none for a scalar
     * @throws IllegalArgumentException if a dimension is negative, or the tensor has more than
     *     {@code Long.MAX_VALUE} bytes or not a whole number of them
     */
    public TensorInfo(String name, ElementType type, ByteOrder byteOrder, long[] shape) {
        this(name, type, type.name(), byteOrder, shape.clone(), byteCount(type, shape));
    }

    /**
     * Creates the description of a little-endian tensor.
     *
     * @param name its name
     * @param type the type of its elements, not {@linkplain ElementType#isOpaque opaque}
     * @param shape its dimensions
     * @return the description
     * @throws IllegalArgumentException if a dimension is negative, or the tensor has more than
     *     {@code Long.MAX_VALUE} bytes or not a whole number of them
     */
    public static TensorInfo of(String name, ElementType type, long... shape) {
        return new TensorInfo(name, type, ByteOrder.LITTLE_ENDIAN, shape);
    }

    /**
     * Creates the description of a tensor that can only be carried.
     *
     * @param name its name
     * @param type an {@linkplain ElementType#isOpaque opaque} type, which tells the kind of data
     * @param typeName the file's name of the type
     * @param byteCount the size of the data
     * @param shape its dimensions
     * @return the description
     * @throws IllegalArgumentException if the type is not opaque, a number is negative, or there
     *     are 2^63 elements or more
     */
    public static TensorInfo opaque(
            String name, ElementType type, String typeName, long byteCount, long... shape) {
        if (!type.isOpaque()) {
            throw new IllegalArgumentException(type + ": must be an opaque type");
        }
        if (byteCount < 0) {
            throw new IllegalArgumentException(byteCount + " bytes: must not be negative");
        }
        count(typeName, Long.MAX_VALUE, shape);
        return new TensorInfo(
                name, type, typeName, ByteOrder.LITTLE_ENDIAN, shape.clone(), byteCount);
    }

    private static long byteCount(ElementType type, long... shape) {
        if (type.isOpaque()) {
            throw new IllegalArgumentException(type + ": the size must be given, see opaque()");
        }
        int wholeBytes = Math.max(1, type.getBits() / Byte.SIZE);
        long count = count(type.name(), Long.MAX_VALUE / wholeBytes, shape);
        // Eight elements have whole bytes.
        long bits = count % Byte.SIZE * type.getBits();
        if (bits % Byte.SIZE != 0) {
            throw new IllegalArgumentException(
                    "shape " + Arrays.toString(shape) + " of " + type + ": must be whole bytes");
        }
        return count / Byte.SIZE * type.getBits() + bits / Byte.SIZE;
    }

    /** Multiplies the dimensions. */
    private static long count(String type, long most, long... shape) {
        boolean empty = false;
        for (long dimension : shape) {
            if (dimension < 0) {
                throw new IllegalArgumentException(
                        "shape " + Arrays.toString(shape) + ": no dimension may be negative");
            }
            empty |= dimension == 0;
        }
        long count = empty ? 0 : 1;
        for (long dimension : shape) {
            if (count != 0 && dimension > most / count) {
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
     * Returns the name.
     *
     * @return the name; never used as a path
     */
    public String name() {
        return name;
    }

    /**
     * Returns the type of the elements.
     *
     * @return the type
     */
    public ElementType type() {
        return type;
    }

    /**
     * Returns the file's name of the type.
     *
     * @return the name of {@link #type}; for an {@linkplain ElementType#isOpaque opaque} type such
     *     as {@code <U5}, "structured", "file" or "folder"
     */
    public String typeName() {
        return typeName;
    }

    /**
     * Returns the order of an element's bytes.
     *
     * @return the byte order
     */
    public ByteOrder byteOrder() {
        return bigEndian ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
    }

    /**
     * Returns the dimensions.
     *
     * @return a copy; empty for a scalar
     */
    public long[] shape() {
        return shape.clone();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof TensorInfo info
                && name.equals(info.name)
                && type == info.type
                && typeName.equals(info.typeName)
                && bigEndian == info.bigEndian
                && Arrays.equals(shape, info.shape)
                && byteCount == info.byteCount;
    }

    @Override
    public int hashCode() {
        return Objects.hash(name, typeName, bigEndian, Arrays.hashCode(shape));
    }

    @Override
    public String toString() {
        return name + " " + typeName + " " + Arrays.toString(shape) + " " + byteOrder();
    }

    /**
     * Returns the number of elements.
     *
     * @return the product of the dimensions; 1 for a scalar
     */
    public long getCount() {
        long count = 1;
        for (long dimension : shape) {
            count *= dimension;
        }
        return count;
    }

    /**
     * Returns the size of the tensor's data.
     *
     * @return the number of bytes
     */
    public long getByteCount() {
        return byteCount;
    }
}
