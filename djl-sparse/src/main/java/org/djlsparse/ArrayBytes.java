package org.djlsparse;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;

import org.djlsparse.io.ElementType;
import org.djlsparse.io.TensorInfo;
import org.djlsparse.io.TensorSource;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;

/** Converts NDArrays to and from streams of bytes, in pieces: an array may exceed the heap. */
final class ArrayBytes {

    private static final int PIECE = 1 << 18; // elements

    private ArrayBytes() {}

    /**
     * Describes an array as a tensor.
     *
     * @throws IllegalArgumentException if its type cannot be saved
     */
    static TensorInfo describe(String name, NDArray array) {
        ElementType type =
                switch (array.getDataType()) {
                    case FLOAT64 -> ElementType.F64;
                    case FLOAT32 -> ElementType.F32;
                    case FLOAT16 -> ElementType.F16;
                    default -> throw badType(name, array.getDataType());
                };
        return TensorInfo.of(name, type, array.getShape().getShape());
    }

    /** Returns the array as a tensor to write; throws the exceptions of {@link #describe}. */
    static TensorSource source(String name, NDArray array) {
        return new TensorSource(describe(name, array), out -> write(array, out));
    }

    private static DataType typeOf(TensorInfo tensor) {
        return switch (tensor.type()) {
            case F64 -> DataType.FLOAT64;
            case F32 -> DataType.FLOAT32;
            case F16 -> DataType.FLOAT16;
            default -> throw badType(tensor.name(), tensor.type());
        };
    }

    private static IllegalArgumentException badType(String name, Object type) {
        return new IllegalArgumentException(
                "tensor \""
                        + name
                        + "\" is of type "
                        + type
                        + ": must be of 16, 32 or 64 bit floats");
    }

    /** Writes the elements in row-major order. */
    static void write(NDArray array, OutputStream out) throws IOException {
        long size = array.size();
        try (NDManager scratch = array.getManager().newSubManager(array.getDevice())) {
            NDArray flat = array.reshape(size);
            flat.attach(scratch);
            for (long from = 0; from < size; from += PIECE) {
                try (NDManager piece = scratch.newSubManager()) {
                    out.write(flat.get(piece, piece(from, size)).toByteArray());
                }
            }
        }
    }

    /**
     * Reads an array.
     *
     * @param manager the manager whose engine creates the array
     * @return the array, in its own memory, not attached to any manager that will be closed
     */
    static NDArray read(TensorInfo tensor, InputStream in, NDManager manager, Device device)
            throws IOException {
        DataType type = typeOf(tensor);
        int bytes = type.getNumOfBytes();
        try (NDManager scratch = manager.newSubManager(device);
                NDManager host = manager.newSubManager(Device.cpu())) {
            NDArray array = scratch.create(new Shape(tensor.shape()), type);
            long size = array.size();
            NDArray flat = array.reshape(size);
            // The engine's array shares the buffer's memory, but is copied before the next piece.
            ByteBuffer buffer = ByteBuffer.allocateDirect((int) Math.min(size, PIECE) * bytes);
            for (long from = 0; from < size; from += PIECE) {
                int count = (int) Math.min(PIECE, size - from);
                byte[] read = in.readNBytes(count * bytes);
                if (read.length < count * bytes) {
                    throw new EOFException("tensor \"" + tensor.name() + "\" ends early");
                }
                buffer.clear().put(read).flip();
                try (NDManager piece = host.newSubManager()) {
                    NDArray part = piece.create(buffer, new Shape(count), type);
                    flat.set(piece(from, size), part.toDevice(device, false));
                }
            }
            array.detach();
            return array;
        }
    }

    private static NDIndex piece(long from, long size) {
        return new NDIndex("{}:{}", from, Math.min(from + PIECE, size));
    }
}
