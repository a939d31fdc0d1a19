package org.djlsparse.io;

import org.djlsparse.mask.NmPattern;

/**
 * How a compressed tensor lies in its file: for each row the kept values and their indices, tap by
 * tap, group by group. {@code docs/format.md} says it bit by bit.
 *
 * @param type the type of the values
 * @param rows the number of outputs; of inputs, for a transpose
 * @param columns the number of inputs, along which groups run; of outputs, for a transpose
 * @param taps the number of kernel taps
 * @param pattern the pattern
 */
record CompressedLayout(ElementType type, long rows, long columns, long taps, NmPattern pattern) {

    /** Rows are worked on as a whole, so this bounds memory. */
    static final long LARGEST_ROW = 1 << 26;

    /** Takes a tensor of two or more dimensions, not empty. */
    static CompressedLayout of(TensorInfo tensor, NmPattern pattern) {
        long[] shape = tensor.shape();
        long taps = tensor.getCount() / shape[0] / shape[1];
        return new CompressedLayout(tensor.type(), shape[0], shape[1], taps, pattern);
    }

    CompressedLayout transposed() {
        return new CompressedLayout(type, columns, rows, taps, pattern);
    }

    /** Whether no row has more than {@link #LARGEST_ROW} bytes, dense or compressed. */
    boolean hasShortRows() {
        return columns <= LARGEST_ROW / type.getBytes() / taps
                && valueRowBytes() <= LARGEST_ROW
                && indexRowBytes() <= LARGEST_ROW;
    }

    /** The number of groups of a row, for one tap. */
    long groups() {
        return (columns + pattern.m() - 1) / pattern.m();
    }

    /** Whether a group has a bit for each place, not an index for each value. */
    boolean isBitmap() {
        // Four places have two bits a value always, as sparse tensor cores have.
        return pattern.m() != 4 && pattern.m() < (long) pattern.n() * indexBits();
    }

    /** The bits of an index: those of M - 1. */
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
