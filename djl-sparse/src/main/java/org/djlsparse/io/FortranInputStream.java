package org.djlsparse.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Objects;

/**
 * Reads an array that is stored in column-major order, in row-major order. It maps the file into
 * memory and steps through it element by element.
 */
final class FortranInputStream extends BulkInputStream {

    /** A multiple of each element's size, so that no element spans two pieces. */
    private static final long PIECE = 1 << 30;

    private final ByteBuffer[] pieces;
    private final Path path;
    private final int elementBytes;
    private final long[] shape;
    private final long[] index;
    private final long[] strides;
    private final byte[] element;
    private long left;
    private long position;
    private int taken;

    private FortranInputStream(Path path, ByteBuffer[] pieces, TensorInfo tensor) {
        this.path = path;
        this.pieces = pieces;
        elementBytes = tensor.type().getBytes();
        shape = tensor.shape();
        index = new long[shape.length];
        strides = new long[shape.length];
        long stride = elementBytes;
        for (int axis = 0; axis < shape.length; axis++) {
            strides[axis] = stride;
            stride *= Math.max(1, shape[axis]);
        }
        left = tensor.getCount();
        element = new byte[elementBytes];
        taken = elementBytes;
    }

    static FortranInputStream of(Path path, FileChannel channel, long start, TensorInfo tensor)
            throws WeightFileException {
        long bytes = tensor.getByteCount();
        ByteBuffer[] pieces = new ByteBuffer[Math.toIntExact((bytes + PIECE - 1) / PIECE)];
        try {
            for (int i = 0; i < pieces.length; i++) {
                long offset = i * PIECE;
                pieces[i] =
                        channel.map(
                                FileChannel.MapMode.READ_ONLY,
                                start + offset,
                                Math.min(PIECE, bytes - offset));
            }
        } catch (IOException e) {
            throw WeightFileException.of(path, "cannot be read", e);
        }
        return new FortranInputStream(path, pieces, tensor);
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws WeightFileException {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        int read = 0;
        while (read < length && nextElement()) {
            int part = Math.min(elementBytes - taken, length - read);
            System.arraycopy(element, taken, bytes, offset + read, part);
            taken += part;
            read += part;
        }
        return read == 0 && length > 0 ? -1 : read;
    }

    /** Makes the next byte of an element available; returns false at the end. */
    private boolean nextElement() throws WeightFileException {
        if (taken < elementBytes) {
            return true;
        }
        if (left == 0) {
            return false;
        }
        try {
            pieces[(int) (position / PIECE)].get((int) (position % PIECE), element);
        } catch (InternalError e) {
            // Java's error for a page that is no longer in the file.
            throw WeightFileException.cut(path);
        }
        taken = 0;
        left--;
        for (int axis = shape.length - 1; axis >= 0; axis--) {
            position += strides[axis];
            if (++index[axis] < shape[axis]) {
                break;
            }
            position -= strides[axis] * shape[axis];
            index[axis] = 0;
        }
        return true;
    }
}
