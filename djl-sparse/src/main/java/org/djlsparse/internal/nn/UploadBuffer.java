package org.djlsparse.internal.nn;

import java.nio.ByteBuffer;

/**
 * A buffer outside the Java heap through which masks are copied into tensors, one after the other,
 * without creating garbage. Not thread-safe.
 */
final class UploadBuffer {

    private ByteBuffer buffer = ByteBuffer.allocateDirect(0);

    /** Returns the buffer with exactly the given number of bytes; its previous content is lost. */
    ByteBuffer ofSize(int size) {
        if (buffer.capacity() < size) {
            buffer = ByteBuffer.allocateDirect(size);
        }
        return buffer.clear().limit(size);
    }
}
