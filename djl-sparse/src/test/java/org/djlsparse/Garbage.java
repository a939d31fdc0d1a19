package org.djlsparse;

import java.nio.ByteBuffer;

/** Garbage collections that expose freed memory. */
public final class Garbage {

    private Garbage() {}

    /** Collects garbage, and overwrites freed memory. */
    public static void collect() {
        System.gc();
        try {
            Thread.sleep(2); // Java frees the memory in a separate thread
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        for (int i = 0; i < 64; i++) {
            ByteBuffer.allocateDirect(4).putInt(-1);
            ByteBuffer.allocateDirect(8).putLong(-1);
        }
    }
}
