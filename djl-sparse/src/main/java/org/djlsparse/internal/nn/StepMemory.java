package org.djlsparse.internal.nn;

import ai.djl.ndarray.NDScope;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Java's memory that the graph of a training step may share, kept until the step ends.
 *
 * <p>On a CPU, an array that DJL with PyTorch makes of Java's values, such as the 3 of {@code
 * x.mul(3)}, shares the memory of a direct buffer, and lets go of the buffer when it is closed,
 * which is at once. If the graph needs the array again in the backward pass, and garbage is
 * collected in between, the memory has gone, and gradients are whatever lies there. Between {@link
 * #open} and {@link #release} this holds the buffers of all arrays that are made on the thread, so
 * that no collection can free them.
 *
 * <p>The buffers are seen where DJL registers a new array with the thread's innermost {@link
 * NDScope}. DJL has no listener for that, so it takes reflection on three of its fields; where they
 * are missing, {@link #open} says so. Scopes work as before.
 *
 * <p>Holds no more than a limit, the latest buffers, so that a step that never ends holds no more
 * than that either. For several threads.
 */
public final class StepMemory {

    private static final Logger logger = LoggerFactory.getLogger(StepMemory.class);

    /** What a small buffer takes beside its bytes, in Java and in the system. */
    private static final int OVERHEAD = 256;

    // All below are guarded by this.
    private final Deque<ByteBuffer> buffers = new ArrayDeque<>();
    private long limit;
    private long bytes; // with the overhead
    private boolean open;
    private boolean warned;

    /** Creates a memory that holds nothing. */
    public StepMemory() {}

    /**
     * Begins to hold the buffers of arrays that the calling thread makes; those of other threads
     * that opened it are held as well. Does nothing if it is open on this thread.
     *
     * @param limit how many bytes to hold at most, about 256 for each buffer included; beyond it
     *     the oldest go
     * @return whether this version of DJL lets buffers be seen; if not, a warning is logged once
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

    /** Lets go of all buffers, and holds no more until it is opened again. */
    public void release() {
        synchronized (this) {
            buffers.clear();
            bytes = 0;
            open = false;
        }
        RecordedScopes.tidy();
    }

    /**
     * Returns how much is held.
     *
     * @return bytes of buffers, without what they take beside these
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

    /** Says that the engine's arrays are not what they were. */
    synchronized void warn() {
        if (!warned) {
            warned = true;
            logger.warn(
                    "this version of DJL does not expose the memory of its arrays: a garbage"
                            + " collection during a training step on the CPU may corrupt the"
                            + " gradients");
        }
    }

    /** A default limit, a quarter of Java's memory. */
    public static long defaultLimit() {
        return Runtime.getRuntime().maxMemory() / 4;
    }
}
