package org.djlsparse.io;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** The bits of little-endian elements of 2, 4 or 8 bytes. */
final class ElementBits {

    private static final VarHandle SHORT = view(short[].class);
    private static final VarHandle INT = view(int[].class);
    private static final VarHandle LONG = view(long[].class);

    private ElementBits() {}

    private static VarHandle view(Class<?> arrayType) {
        return MethodHandles.byteArrayViewVarHandle(arrayType, ByteOrder.LITTLE_ENDIAN);
    }

    /** Reads an element as a signed number: its highest bit is repeated in the bits above it. */
    static long get(byte[] bytes, int index, int elementBytes) {
        return switch (elementBytes) {
            case Short.BYTES -> (short) SHORT.get(bytes, index * Short.BYTES);
            case Integer.BYTES -> (int) INT.get(bytes, index * Integer.BYTES);
            default -> (long) LONG.get(bytes, index * Long.BYTES);
        };
    }

    static void put(byte[] bytes, int index, int elementBytes, long bits) {
        switch (elementBytes) {
            case Short.BYTES -> SHORT.set(bytes, index * Short.BYTES, (short) bits);
            case Integer.BYTES -> INT.set(bytes, index * Integer.BYTES, (int) bits);
            default -> LONG.set(bytes, index * Long.BYTES, bits);
        }
    }

    /** Whether bits that {@link #get} returned are those of -0. */
    static boolean isNegativeZero(long bits, int elementBytes) {
        return bits == -1L << (elementBytes * Byte.SIZE - 1);
    }
}
