package org.djlsparse.io;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** The bits of elements of 1, 2, 4 or 8 bytes, read as little-endian. */
final class ElementBits {

    private static final VarHandle SHORT = view(short[].class);
    private static final VarHandle INT = view(int[].class);
    private static final VarHandle LONG = view(long[].class);

    /** By the size of an element: the lowest bit of each element in a long. */
    private static final long[] LOWEST = new long[Long.BYTES + 1];

    /** The factors that move those bits to the top, side by side. */
    private static final long[] GATHER = new long[Long.BYTES + 1];

    static {
        for (int elementBytes = 1; elementBytes <= Long.BYTES; elementBytes *= 2) {
            int elementBits = elementBytes * Byte.SIZE;
            int together = Long.BYTES / elementBytes;
            for (int i = 0; i < together; i++) {
                LOWEST[elementBytes] |= 1L << (i * elementBits);
                GATHER[elementBytes] |= 1L << (Long.SIZE - together + i - i * elementBits);
            }
        }
    }

    private ElementBits() {}

    private static VarHandle view(Class<?> arrayType) {
        return MethodHandles.byteArrayViewVarHandle(arrayType, ByteOrder.LITTLE_ENDIAN);
    }

    /** Reads an element as a signed number: its highest bit is repeated in the bits above it. */
    static long get(byte[] bytes, int index, int elementBytes) {
        return switch (elementBytes) {
            case Byte.BYTES -> bytes[index];
            case Short.BYTES -> (short) SHORT.get(bytes, index * Short.BYTES);
            case Integer.BYTES -> (int) INT.get(bytes, index * Integer.BYTES);
            default -> (long) LONG.get(bytes, index * Long.BYTES);
        };
    }

    static void put(byte[] bytes, int index, int elementBytes, long bits) {
        switch (elementBytes) {
            case Byte.BYTES -> bytes[index] = (byte) bits;
            case Short.BYTES -> SHORT.set(bytes, index * Short.BYTES, (short) bits);
            case Integer.BYTES -> INT.set(bytes, index * Integer.BYTES, (int) bits);
            default -> LONG.set(bytes, index * Long.BYTES, bits);
        }
    }

    /**
     * Finds which of up to 64 elements have a bit set, without a branch for each.
     *
     * @param first the first element's index
     * @param step the distance between the indices of two elements
     * @param relevant the bits of an element to look at
     * @return a bit for each element, the lowest for the first: 1 if one of its bits is set
     */
    static long nonZeros(
            byte[] bytes, int first, int step, int count, int elementBytes, long relevant) {
        int elementBits = elementBytes * Byte.SIZE;
        long inElement = relevant & (-1L >>> (Long.SIZE - elementBits));
        long set = 0;
        int done = 0;
        if (step == 1) {
            // Several elements at a time, as many as a long has.
            int together = Long.BYTES / elementBytes;
            long lowest = LOWEST[elementBytes];
            long highest = lowest << (elementBits - 1);
            long gather = GATHER[elementBytes];
            for (; done + together <= count; done += together) {
                long bits = (long) LONG.get(bytes, (first + done) * elementBytes);
                bits &= inElement * lowest;
                // The highest bit of each element is carried into, unless all others are 0.
                long nonZeros = (((bits & ~highest) + ~highest) | bits) & highest;
                long top = (nonZeros >>> (elementBits - 1)) * gather;
                set |= top >>> (Long.SIZE - together) << done;
            }
        }
        for (; done < count; done++) {
            long bits = get(bytes, first + done * step, elementBytes) & inElement;
            set |= ((bits | -bits) >>> (Long.SIZE - 1)) << done;
        }
        return set;
    }

    /** Sets elements to zero whose bit is not set. The lowest bit is for the first element. */
    static void clear(byte[] bytes, int first, int step, int count, int elementBytes, long keep) {
        int at = first * elementBytes;
        int stepBytes = step * elementBytes;
        switch (elementBytes) {
            case Byte.BYTES -> {
                for (int i = 0; i < count; i++, at += stepBytes) {
                    bytes[at] &= (byte) allOnes(keep, i);
                }
            }
            case Short.BYTES -> {
                for (int i = 0; i < count; i++, at += stepBytes) {
                    int bits = (short) SHORT.get(bytes, at) & (int) allOnes(keep, i);
                    SHORT.set(bytes, at, (short) bits);
                }
            }
            case Integer.BYTES -> {
                for (int i = 0; i < count; i++, at += stepBytes) {
                    INT.set(bytes, at, (int) INT.get(bytes, at) & (int) allOnes(keep, i));
                }
            }
            default -> {
                for (int i = 0; i < count; i++, at += stepBytes) {
                    LONG.set(bytes, at, (long) LONG.get(bytes, at) & allOnes(keep, i));
                }
            }
        }
    }

    private static long allOnes(long keep, int i) {
        return -(keep >>> i & 1);
    }

    /** Returns whether bits from {@link #get} are those of -0. */
    static boolean isNegativeZero(long bits, int elementBytes) {
        return bits == -1L << (elementBytes * Byte.SIZE - 1);
    }
}
