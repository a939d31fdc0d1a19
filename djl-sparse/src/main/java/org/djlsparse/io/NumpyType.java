package org.djlsparse.io;

import org.jspecify.annotations.Nullable;

import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;

/**
 * A type as an {@code .npy} spells it: a code with or without a byte order, such as {@code <f4} or
 * {@code d}, or a name, such as {@code float32}.
 *
 * @param type the type
 * @param byteOrder the order of an element's bytes
 */
record NumpyType(ElementType type, ByteOrder byteOrder) {

    /**
     * NumPy's names of each type: the code with the number of bytes, the letter of C's type,
     * others. Names whose size depends on the machine, such as {@code long}, are left out.
     */
    private static final Map<ElementType, List<String>> NAMES =
            Map.ofEntries(
                    Map.entry(ElementType.F64, List.of("f8", "d", "float64", "double", "float")),
                    Map.entry(ElementType.F32, List.of("f4", "f", "float32", "single")),
                    Map.entry(ElementType.F16, List.of("f2", "e", "float16", "half")),
                    Map.entry(ElementType.I64, List.of("i8", "q", "int64", "longlong")),
                    Map.entry(ElementType.I32, List.of("i4", "i", "int32", "intc")),
                    Map.entry(ElementType.I16, List.of("i2", "h", "int16", "short")),
                    Map.entry(ElementType.I8, List.of("i1", "b", "int8", "byte")),
                    Map.entry(ElementType.U64, List.of("u8", "Q", "uint64", "ulonglong")),
                    Map.entry(ElementType.U32, List.of("u4", "I", "uint32", "uintc")),
                    Map.entry(ElementType.U16, List.of("u2", "H", "uint16", "ushort")),
                    Map.entry(ElementType.U8, List.of("u1", "B", "uint8", "ubyte")),
                    Map.entry(ElementType.BOOL, List.of("b1", "?", "bool", "bool_")));

    /** The number of {@link #NAMES} of a type that may follow a byte order. */
    private static final int CODES = 2;

    private static final String ORDERS = "<>=|";

    /** Reads a spelling; returns null for other types. */
    static @Nullable NumpyType parse(String spelling) {
        boolean ordered = !spelling.isEmpty() && ORDERS.indexOf(spelling.charAt(0)) >= 0;
        String name = ordered ? spelling.substring(1) : spelling;
        for (Map.Entry<ElementType, List<String>> entry : NAMES.entrySet()) {
            int place = entry.getValue().indexOf(name);
            if (place >= 0 && (!ordered || place < CODES)) {
                return new NumpyType(entry.getKey(), byteOrder(spelling.charAt(0)));
            }
        }
        return null;
    }

    private static ByteOrder byteOrder(char order) {
        return switch (order) {
            case '<' -> ByteOrder.LITTLE_ENDIAN;
            case '>' -> ByteOrder.BIG_ENDIAN;
            default -> ByteOrder.nativeOrder();
        };
    }

    /**
     * Formats the type of a tensor as NumPy does.
     *
     * @throws IllegalArgumentException if NumPy has no such type
     */
    static String format(TensorInfo tensor) {
        List<String> names = NAMES.get(tensor.type());
        if (names == null) {
            throw new IllegalArgumentException(
                    "tensor \"" + tensor.name() + "\": NumPy has no type " + tensor.typeName());
        }
        boolean single = tensor.type().getBytes() == 1;
        boolean big = tensor.byteOrder() == ByteOrder.BIG_ENDIAN;
        return (single ? "|" : big ? ">" : "<") + names.get(0);
    }
}
