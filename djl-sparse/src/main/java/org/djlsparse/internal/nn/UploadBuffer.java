package org.djlsparse.internal.nn;

import java.nio.ByteBuffer;

/**
 * Memory outside of Java's heap from which masks are copied into tensors, one after the other, so
 * that no garbage is made. For one thread at a time.
 */
final class UploadBuffer {

    private ByteBuffer buffer = ByteBuffer.allocateDirect(0);

    /** Returns the buffer with room for just so many bytes, in place of what it held before. */
    ByteBuffer ofSize(int size) {
        if (buffer.capacity() < size) {
            buffer = ByteBuffer.allocateDirect(size);
        }
        return buffer.clear().limit(size);
    }
}
