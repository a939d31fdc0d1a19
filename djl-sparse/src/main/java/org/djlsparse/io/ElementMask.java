package org.djlsparse.io;

import org.djlsparse.mask.Mask;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.mask.WeightShape;

import java.nio.ByteOrder;

/** Converts the bytes of a tensor's elements to a mask, and applies a mask to them. */
final class ElementMask {

    private ElementMask() {}

    /**
     * Finds the elements that are not zero, exactly, by their bits. Cost: one pass.
     *
     * @param tensor the tensor, for the type and byte order of the elements
     * @param bytes the elements' bytes in row-major order, from index 0 on
     * @param shape the elements' shape, such as that of some of the tensor's rows
     * @param pattern the pattern of the mask
     * @return the mask that keeps all but zeros of either sign; NaN is kept
     */
    static Mask ofNonZeros(TensorInfo tensor, byte[] bytes, WeightShape shape, NmPattern pattern) {
        return ofSetBits(
                bytes,
                tensor.type().getBytes(),
                tensor.type().isDecodable() ? allButSign(tensor) : -1,
                shape,
                pattern);
    }

    /** Finds the elements that have a relevant bit set. */
    static Mask ofSetBits(
            byte[] bytes, int elementBytes, long relevant, WeightShape shape, NmPattern pattern) {
        return Mask.of(
                shape,
                pattern,
                (tap, row, column, count) ->
                        ElementBits.nonZeros(
                                bytes,
                                shape.index(tap, row, column),
                                shape.taps(),
                                count,
                                elementBytes,
                                relevant));
    }

    private static long allButSign(TensorInfo tensor) {
        int highest = tensor.type().getBytes() * Byte.SIZE - 1;
        // The sign is in the first byte of a big-endian element, which is read as the lowest.
        return ~(1L << (tensor.byteOrder() == ByteOrder.BIG_ENDIAN ? Byte.SIZE - 1 : highest));
    }

    /**
     * Sets all bits of the elements that a mask prunes to zero. Cost: one pass.
     *
     * @param mask the mask
     * @param bytes the elements' bytes in row-major order, from index 0 on
     * @param elementBytes the size of an element: 1, 2, 4 or 8
     */
    static void clearPruned(Mask mask, byte[] bytes, int elementBytes) {
        WeightShape shape = mask.getShape();
        for (int tap = 0; tap < shape.taps(); tap++) {
            for (int row = 0; row < shape.rows(); row++) {
                for (int column = 0; column < shape.columns(); column += Long.SIZE) {
                    ElementBits.clear(
                            bytes,
                            shape.index(tap, row, column),
                            shape.taps(),
                            Math.min(Long.SIZE, shape.columns() - column),
                            elementBytes,
                            mask.getBits(tap, row, column));
                }
            }
        }
    }
}
