package org.djlsparse.internal.nn;

import ai.djl.ndarray.NDScope;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * The Java memory that the autograd graph of a training step may share, kept until the step ends.
 *
 * <p>On a CPU, an array that DJL with PyTorch creates from Java values, such as the 3 of {@code
 * x.mul(3)}, shares the memory of a direct buffer. It drops the buffer when it is closed, which
 * happens at once. If the graph needs the array again in the backward pass, and a garbage
 * collection runs in between, the memory has been freed and gradients contain arbitrary values.
 * Between {@link #open} and {@link #release}, this object holds the buffers of all arrays that are
 * created on the thread, so that no collection can free them.
 *
 * <p>The buffers are found where DJL registers a new array with the thread's innermost {@link
 * NDScope}. DJL has no listener for new arrays, so this requires reflection on three of its fields;
 * if they are missing, {@link #open} returns {@code false}. Scopes work as before.
 *
 * <p>At most a given number of bytes is held, those of the latest buffers, so that even a step that
 * never ends holds no more. Thread-safe.
 */
public final class StepMemory {

    private static final Logger logger = LoggerFactory.getLogger(StepMemory.class);

    /** The bytes that a small buffer takes beyond its content, in Java and in the system. */
    private static final int OVERHEAD = 256;

    // All fields below are guarded by this.
    private final Deque<ByteBuffer> buffers = new ArrayDeque<>();
    private long limit;
    private long bytes; // including the overhead
    private boolean open;
    private boolean warned;

    /** Creates an empty memory. */
    public StepMemory() {}

    /**
     * Starts to hold the buffers of arrays that the calling thread creates, in addition to those of
     * other threads that have opened this memory. Changes only the limit if it is open on this
     * thread already.
     *
     * @param limit the number of bytes to hold at most, including about 256 per buffer; beyond it,
     *     the oldest buffers are dropped
     * @return {@code true} if this version of DJL lets buffers be observed; if not, a warning is
     *     logged once
     */
    public boolean open(long limit) {
        synchronized (this) {
            open = true;
            this.limit = limit;
        }
        boolean visible = RecordedScopes.record(this);
        if (!visible) {
            warn();
        }
        return visible;
    }

    /** Drops all buffers, and holds none until it is opened again. */
    public void release() {
        synchronized (this) {
            buffers.clear();
            bytes = 0;
            open = false;
        }
        RecordedScopes.tidy();
    }

    /**
     * Returns the size of the held buffers.
     *
     * @return the bytes of the buffers, without their overhead
     */
    public synchronized long getHeldBytes() {
        return bytes - (long) OVERHEAD * buffers.size();
    }

    synchronized boolean isOpen() {
        return open;
    }

    synchronized void hold(ByteBuffer buffer) {
        if (!open) {
            return;
        }
        buffers.addLast(buffer);
        bytes += buffer.capacity() + OVERHEAD;
        while (bytes > limit) {
            bytes -= buffers.removeFirst().capacity() + OVERHEAD;
        }
    }

    /** Logs, once, that the memory of the engine's arrays cannot be observed. */
    synchronized void warn() {
        if (!warned) {
            warned = true;
            logger.warn(
                    "this version of DJL does not expose the memory of its arrays: a garbage"
                            + " collection during a training step on the CPU may corrupt the"
                            + " gradients");
        }
    }

    /** Returns the default limit: a quarter of the JVM's maximum memory, in bytes. */
    public static long defaultLimit() {
        return Runtime.getRuntime().maxMemory() / 4;
    }
}
