package org.djlsparse.io;

/** Takes numbers of a few bits from bytes, the lowest bit first. */
final class BitReader {

    private final byte[] bytes;
    private int next;
    private long waiting;
    private int waitingBits;

    /** Starts at a byte. */
    BitReader(byte[] bytes, int start) {
        this.bytes = bytes;
        next = start;
    }

    /** Takes a number of at most 32 bits. */
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

    /** Whether what is left of the last byte is zero. */
    boolean endsWithZeros() {
        return waiting == 0;
    }
}
