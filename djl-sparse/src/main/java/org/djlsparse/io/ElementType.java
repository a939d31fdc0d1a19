package org.djlsparse.io;

import org.jspecify.annotations.Nullable;

/** The type of a tensor's elements. The constants' names are those of safetensors. */
public enum ElementType {
    /** Double precision. */
    F64(8, "f8"),
    /** Single precision. */
    F32(4, "f4"),
    /** Half precision. */
    F16(2, "f2"),
    /** The upper half of single precision; NumPy has no such type. */
    BF16(2, null),
    /** A float of 8 bits, carried as it is; NumPy has no such type. */
    F8_E4M3(1, null),
    /** A float of 8 bits, carried as it is; NumPy has no such type. */
    F8_E5M2(1, null),
    /** Signed, 8 bytes. */
    I64(8, "i8"),
    /** Signed, 4 bytes. */
    I32(4, "i4"),
    /** Signed, 2 bytes. */
    I16(2, "i2"),
    /** Signed, 1 byte. */
    I8(1, "i1"),
    /** Unsigned, 8 bytes. */
    U64(8, "u8"),
    /** Unsigned, 4 bytes. */
    U32(4, "u4"),
    /** Unsigned, 2 bytes. */
    U16(2, "u2"),
    /** Unsigned, 1 byte. */
    U8(1, "u1"),
    /** True or false, one byte each. */
    BOOL(1, "b1");

    private final int bytes;
    private final @Nullable String numpyName;

    ElementType(int bytes, @Nullable String numpyName) {
        this.bytes = bytes;
        this.numpyName = numpyName;
    }

    /**
     * Returns the size of an element.
     *
     * @return the number of bytes
     */
    public int getBytes() {
        return bytes;
    }

    /**
     * Returns whether {@link FloatDecoder} reads this type: a float of 16, 32 or 64 bits.
     *
     * @return true if so
     */
    public boolean isDecodable() {
        return switch (this) {
            case F64, F32, F16, BF16 -> true;
            default -> false;
        };
    }

    /** NumPy's name without the byte order; null if NumPy has no such type. */
    @Nullable String numpyName() {
        return numpyName;
    }
}
