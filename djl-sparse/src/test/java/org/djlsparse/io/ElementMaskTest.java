package org.djlsparse.io;

import org.djlsparse.mask.Mask;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.mask.WeightShape;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;

class ElementMaskTest {

    private static final NmPattern PATTERN = NmPattern.of(2, 4);

    /** Columns that fill no, one and more than one word; taps that part neighbours. */
    private static final List<WeightShape> SHAPES =
            List.of(
                    WeightShape.of(5, 3),
                    WeightShape.of(3, 64),
                    WeightShape.of(4, 131),
                    new WeightShape(3, 67, 3));

    @ParameterizedTest
    @EnumSource(
            value = ElementType.class,
            names = {"F64", "F32", "F16", "BF16"})
    void keepsAllButZerosOfEitherSign(ElementType type) {
        for (ByteOrder order : List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)) {
            for (WeightShape shape : SHAPES) {
                byte[] bytes = fewBits(type, order, shape.size(), 1);

                Mask mask =
                        ElementMask.ofNonZeros(tensor(type, order, shape), bytes, shape, PATTERN);

                assertMask(mask, bytes, type, order);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = ElementType.class,
            names = {"BOOL", "U8", "I16", "I32", "I64"})
    void looksAtAllBitsOfWholeNumbers(ElementType type) {
        for (WeightShape shape : SHAPES) {
            byte[] bytes = fewBits(type, ByteOrder.LITTLE_ENDIAN, shape.size(), 2);

            Mask mask =
                    ElementMask.ofNonZeros(
                            tensor(type, ByteOrder.LITTLE_ENDIAN, shape), bytes, shape, PATTERN);

            assertMask(mask, bytes, type, ByteOrder.LITTLE_ENDIAN);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = ElementType.class,
            names = {"F64", "F32", "F16", "U8"})
    void clearsWhatIsPrunedAndNothingElse(ElementType type) {
        Random random = new Random(3);
        for (WeightShape shape : SHAPES) {
            boolean[] keep = new boolean[shape.size()];
            for (int i = 0; i < keep.length; i++) {
                keep[i] = random.nextBoolean();
            }
            // Longer than the elements are.
            byte[] bytes = new byte[(keep.length + 3) * type.getBytes()];
            random.nextBytes(bytes);
            byte[] expected = bytes.clone();
            for (int i = 0; i < keep.length * type.getBytes(); i++) {
                expected[i] = keep[i / type.getBytes()] ? expected[i] : 0;
            }

            ElementMask.clearPruned(Mask.of(shape, PATTERN, keep), bytes, type.getBytes());

            assertThat(bytes).isEqualTo(expected);
        }
    }

    private static TensorInfo tensor(ElementType type, ByteOrder order, WeightShape shape) {
        return new TensorInfo(
                "w", type, order, new long[] {shape.rows(), shape.columns(), shape.taps()});
    }

    /** Elements that mostly have one bit set, none, or only the highest. */
    private static byte[] fewBits(ElementType type, ByteOrder order, int count, long seed) {
        Random random = new Random(seed);
        byte[] bytes = new byte[count * type.getBytes()];
        int signByte = order == ByteOrder.LITTLE_ENDIAN ? type.getBytes() - 1 : 0;
        for (int i = 0; i < count; i++) {
            int at = i * type.getBytes();
            switch (random.nextInt(4)) {
                case 0 -> bytes[at + signByte] = (byte) 0x80;
                case 1 -> {
                    int bit = random.nextInt(type.getBytes() * Byte.SIZE);
                    bytes[at + bit / Byte.SIZE] = (byte) (1 << bit % Byte.SIZE);
                }
                case 2 -> {
                    for (int k = 0; k < type.getBytes(); k++) {
                        bytes[at + k] = (byte) 0xff;
                    }
                }
                default -> {}
            }
        }
        return bytes;
    }

    private static void assertMask(Mask mask, byte[] bytes, ElementType type, ByteOrder order) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(order);
        boolean[] keep = new boolean[mask.getShape().size()];
        for (int i = 0; i < keep.length; i++) {
            int at = i * type.getBytes();
            keep[i] =
                    switch (type) {
                        case F64 -> buffer.getDouble(at) != 0;
                        case F32 -> buffer.getFloat(at) != 0;
                        case F16, BF16 -> (buffer.getShort(at) & 0x7fff) != 0;
                        case I64 -> buffer.getLong(at) != 0;
                        case I32 -> buffer.getInt(at) != 0;
                        case I16 -> buffer.getShort(at) != 0;
                        default -> buffer.get(at) != 0;
                    };
        }
        assertThat(mask.toBooleanArray()).as("%s %s", type, order).isEqualTo(keep);
    }
}
