package org.djlsparse.io;

/** Puts numbers of a few bits into bytes, the lowest bit first. */
final class BitWriter {

    private final byte[] bytes;
    private int next;
    private long waiting;
    private int waitingBits;

    /** Starts at a byte. */
    BitWriter(byte[] bytes, int start) {
        this.bytes = bytes;
        next = start;
    }

    /** Adds a number of at most 32 bits. */
    void write(long number, int bits) {
        waiting |= number << waitingBits;
        waitingBits += bits;
        while (waitingBits >= Byte.SIZE) {
            bytes[next++] = (byte) waiting;
            waiting >>>= Byte.SIZE;
            waitingBits -= Byte.SIZE;
        }
    }

    /** Ends the last byte with zeros. */
    void finish() {
        if (waitingBits > 0) {
            bytes[next++] = (byte) waiting;
        }
    }
}
