package org.djlsparse.io;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The header of an {@code .npy} file: a magic number, the version, the header's length, and a
 * Python dictionary.
 *
 * @param tensor the tensor that the header describes
 * @param fortranOrder whether the first dimension varies fastest
 * @param dataStart the number of bytes before the tensor's data; 0 for an opaque array, whose data
 *     includes the header
 * @see <a href="https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html">the
 *     format</a>
 */
record NpyHeader(TensorInfo tensor, boolean fortranOrder, int dataStart) {

    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};

    /** NumPy itself accepts no more than 10,000 bytes by default. */
    private static final int LONGEST = 1 << 20;

    private static final int ALIGNMENT = 64;

    /**
     * Reads and checks a header.
     *
     * @param in a stream that begins with the header
     * @param size the size of the whole {@code .npy}
     */
    static NpyHeader read(Path path, String name, InputStream in, long size) throws IOException {
        byte[] start = exactly(path, name, in, MAGIC.length + 2);
        if (!Arrays.equals(start, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
            throw WeightFileException.of(
                    path, name, "is not an .npy file: the magic number is missing");
        }
        int version = start[MAGIC.length];
        if (version < 1 || version > 3) {
            throw WeightFileException.of(
                    path, name, ".npy version " + version + ": must be 1, 2 or 3");
        }
        byte[] lengthBytes = exactly(path, name, in, version == 1 ? 2 : 4);
        ByteBuffer buffer = ByteBuffer.wrap(lengthBytes).order(ByteOrder.LITTLE_ENDIAN);
        long length = version == 1 ? buffer.getShort() & 0xffff : buffer.getInt() & 0xffffffffL;
        if (length > LONGEST) {
            throw WeightFileException.of(
                    path, name, "header of " + length + " bytes: must be at most " + LONGEST);
        }
        String text =
                new String(
                        exactly(path, name, in, (int) length),
                        version == 3 ? StandardCharsets.UTF_8 : StandardCharsets.ISO_8859_1);
        int dataStart = start.length + lengthBytes.length + (int) length;
        NpyHeader header = of(path, name, text, dataStart, size);
        long bytes = size - header.dataStart;
        if (bytes != header.tensor.getByteCount()) {
            throw WeightFileException.of(
                    path,
                    name,
                    "has "
                            + bytes
                            + " bytes of data, must have "
                            + header.tensor.getByteCount()
                            + " for its shape and type");
        }
        return header;
    }

    private static byte[] exactly(Path path, String name, InputStream in, int length)
            throws IOException {
        byte[] bytes = in.readNBytes(length);
        if (bytes.length < length) {
            throw WeightFileException.of(path, name, "ends within the header of its .npy");
        }
        return bytes;
    }

    private static NpyHeader of(Path path, String name, String text, int dataStart, long size)
            throws WeightFileException {
        try {
            Map<String, Object> values = new PythonLiteral(text).readDictionary();
            if (!values.keySet().equals(Set.of("descr", "fortran_order", "shape"))
                    || !(values.get("fortran_order") instanceof Boolean fortranOrder)
                    || !(values.get("shape") instanceof List<?> shape)) {
                throw new IllegalArgumentException(
                        "header must hold descr, fortran_order and shape, and no more");
            }
            long[] dimensions = shape.stream().mapToLong(NpyHeader::dimension).toArray();
            Object descr = values.get("descr");
            NumpyType type = descr instanceof String spelling ? NumpyType.parse(spelling) : null;
            if (type == null) {
                String typeName = descr instanceof String spelling ? spelling : "structured";
                TensorInfo whole =
                        TensorInfo.opaque(
                                name, ElementType.OPAQUE_ARRAY, typeName, size, dimensions);
                return new NpyHeader(whole, false, 0);
            }
            TensorInfo tensor = new TensorInfo(name, type.type(), type.byteOrder(), dimensions);
            return new NpyHeader(tensor, fortranOrder, dataStart);
        } catch (IllegalArgumentException e) {
            throw WeightFileException.of(path, name, String.valueOf(e.getMessage()));
        }
    }

    private static long dimension(Object value) {
        if (value instanceof Long dimension) {
            return dimension;
        }
        throw new IllegalArgumentException("shape has " + value + ": must be whole numbers");
    }

    /**
     * Formats the header of a tensor in row-major order, as NumPy does.
     *
     * @return the header; empty for an opaque array, whose data includes it
     * @throws IllegalArgumentException if NumPy has no such type
     */
    static byte[] format(TensorInfo tensor) {
        if (tensor.type() == ElementType.OPAQUE_ARRAY) {
            return new byte[0];
        }
        String type = NumpyType.format(tensor);
        String shape =
                Arrays.stream(tensor.shape())
                        .mapToObj(Long::toString)
                        .collect(Collectors.joining(", "));
        String text =
                "{'descr': '"
                        + type
                        + "', 'fortran_order': False, 'shape': ("
                        + shape
                        + (tensor.shape().length == 1 ? ",), }" : "), }");
        int before = MAGIC.length + 4;
        int unpadded = before + text.length() + 1;
        int length = (unpadded + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        ByteBuffer header = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        header.put(MAGIC).put((byte) 1).put((byte) 0).putShort((short) (length - before));
        header.put(
                (text + " ".repeat(length - unpadded) + "\n").getBytes(StandardCharsets.US_ASCII));
        return header.array();
    }
}
