package org.djlsparse.embedder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * A tensor of an ONNX file: the message {@code TensorProto} of <a
 * href="https://github.com/onnx/onnx/blob/main/onnx/onnx.proto">onnx.proto</a>.
 *
 * @param name the name
 * @param type FLOAT32 or INT64
 * @param shape the shape
 * @param data the values in row-major order, little-endian
 */
record OnnxTensor(String name, DataType type, Shape shape, ByteBuffer data) {

    private static final int DIMS = 1;
    private static final int DATA_TYPE = 2;
    private static final int FLOAT_DATA = 4;
    private static final int INT64_DATA = 7;
    private static final int NAME = 8;
    private static final int RAW_DATA = 9;
    private static final int DATA_LOCATION = 14;

    /**
     * Reads a message, to the current limit of the stream.
     *
     * @throws IOException if the message is not valid, or its values are of another type or in
     *     another file
     */
    static OnnxTensor read(CodedInputStream in) throws IOException {
        String name = "";
        int type = 0;
        List<Long> dims = new ArrayList<>();
        ByteBuffer data = ByteBuffer.allocate(0);
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            switch (WireFormat.getTagFieldNumber(tag)) {
                case DIMS -> dims.addAll(readLongs(in, tag));
                case DATA_TYPE -> type = in.readInt32();
                case NAME -> name = in.readString();
                case FLOAT_DATA, RAW_DATA -> data = in.readByteBuffer();
                case INT64_DATA -> data = bytesOf(readLongs(in, tag));
                case DATA_LOCATION -> {
                    if (in.readEnum() != 0) {
                        throw new IOException(
                                "tensor \"" + name + "\" has its data in another file");
                    }
                }
                default -> in.skipField(tag);
            }
        }
        Shape shape = new Shape(dims);
        DataType dataType =
                switch (type) {
                    case 1 -> DataType.FLOAT32;
                    case 7 -> DataType.INT64;
                    default ->
                            throw new IOException(
                                    "tensor \""
                                            + name
                                            + "\" has data type "
                                            + type
                                            + ": must be 1 (float) or 7 (int64)");
                };
        long expected = shape.size() * dataType.getNumOfBytes();
        if (data.remaining() != expected) {
            throw new IOException(
                    "tensor \"%s\" of shape %s has %d bytes: must be %d"
                            .formatted(name, shape, data.remaining(), expected));
        }
        return new OnnxTensor(name, dataType, shape, data);
    }

    /** Reads a repeated field, which is packed or not. */
    private static List<Long> readLongs(CodedInputStream in, int tag) throws IOException {
        if (WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_VARINT) {
            return List.of(in.readInt64());
        }
        List<Long> values = new ArrayList<>();
        int limit = in.pushLimit(in.readRawVarint32());
        while (!in.isAtEnd()) {
            values.add(in.readInt64());
        }
        in.popLimit(limit);
        return values;
    }

    private static ByteBuffer bytesOf(List<Long> values) {
        ByteBuffer bytes =
                ByteBuffer.allocate(values.size() * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        values.forEach(bytes::putLong);
        return bytes.flip();
    }

    /** Creates an array of the values. */
    NDArray toArray(NDManager manager) {
        ByteBuffer values = data.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        return type == DataType.FLOAT32
                ? manager.create(values.asFloatBuffer(), shape, type)
                : manager.create(values.asLongBuffer(), shape, type);
    }
}
