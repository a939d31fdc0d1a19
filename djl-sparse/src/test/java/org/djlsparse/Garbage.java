package org.djlsparse;

import java.nio.ByteBuffer;

/** Shows what has lost its memory to a garbage collection. */
public final class Garbage {

    private Garbage() {}

    /** Collects garbage, and writes over memory that is freed. */
    public static void collect() {
        System.gc();
        try {
            Thread.sleep(2); // Java frees the memory on a thread of its own
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        for (int i = 0; i < 64; i++) {
            ByteBuffer.allocateDirect(4).putInt(-1);
            ByteBuffer.allocateDirect(8).putLong(-1);
        }
    }
}
