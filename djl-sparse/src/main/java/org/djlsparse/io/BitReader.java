package org.djlsparse.io;

/** Reads numbers of a few bits from bytes, the lowest bit first. */
final class BitReader {

    private final byte[] bytes;
    private int next;
    private long waiting;
    private int waitingBits;

    /** Creates a reader that starts at a byte. */
    BitReader(byte[] bytes, int start) {
        this.bytes = bytes;
        next = start;
    }

    /** Reads a number of at most 32 bits. */
    int read(int bits) {
        while (waitingBits < bits) {
            waiting |= (bytes[next++] & 0xffL) << waitingBits;
            waitingBits += Byte.SIZE;
        }
        int number = (int) (waiting & ((1L << bits) - 1));
        waiting >>>= bits;
        waitingBits -= bits;
        return number;
    }

    /** Returns whether the unread bits of the last byte are zero. */
    boolean endsWithZeros() {
        return waiting == 0;
    }
}
