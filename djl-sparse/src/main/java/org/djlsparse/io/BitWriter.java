package org.djlsparse.io;

/** Writes numbers of a few bits to bytes, the lowest bit first. */
final class BitWriter {

    private final byte[] bytes;
    private int next;
    private long waiting;
    private int waitingBits;

    /** Creates a writer that starts at a byte. */
    BitWriter(byte[] bytes, int start) {
        this.bytes = bytes;
        next = start;
    }

    /** Writes a number of at most 32 bits. */
    void write(long number, int bits) {
        waiting |= number << waitingBits;
        waitingBits += bits;
        while (waitingBits >= Byte.SIZE) {
            bytes[next++] = (byte) waiting;
            waiting >>>= Byte.SIZE;
            waitingBits -= Byte.SIZE;
        }
    }

    /** Fills the last byte up with zeros. */
    void finish() {
        if (waitingBits > 0) {
            bytes[next++] = (byte) waiting;
        }
    }
}
