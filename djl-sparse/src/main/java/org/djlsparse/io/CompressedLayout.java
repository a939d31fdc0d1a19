package org.djlsparse.io;

import org.djlsparse.mask.NmPattern;

/**
 * The layout of a compressed tensor in its file: for each row the kept values and their indices,
 * tap by tap, group by group. {@code docs/format.md} specifies each bit.
 *
 * @param type the type of the values
 * @param rows the number of outputs; of inputs, for a transpose
 * @param columns the number of inputs, along which groups run; of outputs, for a transpose
 * @param taps the number of kernel taps
 * @param pattern the pattern
 */
record CompressedLayout(ElementType type, long rows, long columns, long taps, NmPattern pattern) {

    /** The largest row in bytes. It bounds memory, since rows are worked on as a whole. */
    static final long LARGEST_ROW = 1 << 26;

    /** Returns the layout of a tensor of two or more dimensions, which is not empty. */
    static CompressedLayout of(TensorInfo tensor, NmPattern pattern) {
        long[] shape = tensor.shape();
        long taps = tensor.getCount() / shape[0] / shape[1];
        return new CompressedLayout(tensor.type(), shape[0], shape[1], taps, pattern);
    }

    CompressedLayout transposed() {
        return new CompressedLayout(type, columns, rows, taps, pattern);
    }

    /** Returns whether no row has more than {@link #LARGEST_ROW} bytes, dense or compressed. */
    boolean hasShortRows() {
        return columns <= LARGEST_ROW / type.getBytes() / taps
                && valueRowBytes() <= LARGEST_ROW
                && indexRowBytes() <= LARGEST_ROW;
    }

    /** The number of groups of a row for one tap. */
    long groups() {
        return (columns + pattern.m() - 1) / pattern.m();
    }

    /** Returns whether a group has a bit for each place instead of an index for each value. */
    boolean isBitmap() {
        // M = 4 always has two bits for each value, as sparse tensor cores do.
        return pattern.m() != 4 && pattern.m() < (long) pattern.n() * indexBits();
    }

    /** The number of bits of an index: those of M - 1. */
    int indexBits() {
        return Integer.SIZE - Integer.numberOfLeadingZeros(pattern.m() - 1);
    }

    long groupBits() {
        return isBitmap() ? pattern.m() : (long) pattern.n() * indexBits();
    }

    long denseRowBytes() {
        return columns * taps * type.getBytes();
    }

    long valueRowBytes() {
        return taps * groups() * pattern.n() * type.getBytes();
    }

    long indexRowBytes() {
        return (taps * groups() * groupBits() + Byte.SIZE - 1) / Byte.SIZE;
    }

    TensorInfo values(String name) {
        return TensorInfo.of(name, type, rows, taps, groups(), pattern.n());
    }

    TensorInfo indices(String name) {
        return TensorInfo.of(name, ElementType.U8, rows, indexRowBytes());
    }
}
