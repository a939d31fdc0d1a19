package org.djlsparse.io;

import java.util.Arrays;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The type of a tensor's elements. The names are those of safetensors, except for the last three,
 * which stand for all other types: {@link TensorInfo#typeName} tells which.
 */
public enum ElementType {
    /** Double precision. */
    F64(64),
    /** Single precision. */
    F32(32),
    /** Half precision. */
    F16(16),
    /** The upper half of single precision; NumPy has no such type. */
    BF16(16),
    /** A complex number of two floats of 32 bits, carried as it is. */
    C64(64),
    /** A float of 8 bits, carried as it is; NumPy has no such type. */
    F8_E4M3(8),
    /** A float of 8 bits, carried as it is; NumPy has no such type. */
    F8_E5M2(8),
    /** A float of 8 bits without -0, carried as it is; NumPy has no such type. */
    F8_E4M3FNUZ(8),
    /** A float of 8 bits without -0, carried as it is; NumPy has no such type. */
    F8_E5M2FNUZ(8),
    /** A scale of 8 bits, a power of two, carried as it is; NumPy has no such type. */
    F8_E8M0(8),
    /** A float of 6 bits, carried as it is; NumPy has no such type. */
    F6_E2M3(6),
    /** A float of 6 bits, carried as it is; NumPy has no such type. */
    F6_E3M2(6),
    /** A float of 4 bits, carried as it is; NumPy has no such type. */
    F4(4),
    /** Signed, 8 bytes. */
    I64(64),
    /** Signed, 4 bytes. */
    I32(32),
    /** Signed, 2 bytes. */
    I16(16),
    /** Signed, 1 byte. */
    I8(8),
    /** Unsigned, 8 bytes. */
    U64(64),
    /** Unsigned, 4 bytes. */
    U32(32),
    /** Unsigned, 2 bytes. */
    U16(16),
    /** Unsigned, 1 byte. */
    U8(8),
    /** True or false, one byte each. */
    BOOL(8),
    /** Another type of safetensors, carried as it is. The file tells its number of bytes. */
    OPAQUE(0),
    /**
     * A NumPy array of another type, such as text, carried as it is: its data is the whole {@code
     * .npy}, header included.
     */
    OPAQUE_ARRAY(0),
    /**
     * An entry of an {@code .npz} that is not an {@code .npy}, such as a folder, carried as it is:
     * its data is the content of the entry.
     */
    OPAQUE_ENTRY(0);

    private static final Map<String, ElementType> BY_NAME =
            Arrays.stream(values())
                    .filter(type -> !type.isOpaque())
                    .collect(Collectors.toUnmodifiableMap(ElementType::name, Function.identity()));

    private final int bits;

    ElementType(int bits) {
        this.bits = bits;
    }

    /** Returns the type of a name in safetensors; {@link #OPAQUE} if it is unknown. */
    static ElementType ofSafetensors(String name) {
        return BY_NAME.getOrDefault(name, OPAQUE);
    }

    /**
     * Returns the size of an element in bits.
     *
     * @return the number of bits; 0 if {@link #isOpaque}
     */
    public int getBits() {
        return bits;
    }

    /**
     * Returns the size of an element in bytes.
     *
     * @return the number of bytes
     * @throws IllegalStateException if the size is unknown or not a whole number
     */
    public int getBytes() {
        if (bits == 0 || bits % Byte.SIZE != 0) {
            throw new IllegalStateException("an element of " + this + " has no whole bytes");
        }
        return bits / Byte.SIZE;
    }

    /**
     * Returns whether the elements are unknown, so that the tensor can only be carried.
     *
     * @return {@code true} for the last three types
     */
    public boolean isOpaque() {
        return bits == 0;
    }

    /**
     * Returns whether {@link FloatDecoder} reads this type: a float of 16, 32 or 64 bits.
     *
     * @return {@code true} for F64, F32, F16 and BF16
     */
    public boolean isDecodable() {
        return switch (this) {
            case F64, F32, F16, BF16 -> true;
            default -> false;
        };
    }
}
