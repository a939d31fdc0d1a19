package org.djlsparse.cpu;

/**
 * Where the operands of a product lie in a panel: channel by channel, each {@code stride} floats
 * behind the one before, and a tap's operand a shift behind its channel's.
 *
 * @param stride the floats between two channels
 * @param shifts how many floats behind its channel each tap's operand is, at least 0
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record ColumnPlaces(int stride, int... shifts) {

    /** Where a column's operand is, from that of the first channel of its chunk. */
    int place(int channel, int tap) {
        return channel * stride + shifts[tap];
    }

    int largestShift() {
        int largest = 0;
        for (int shift : shifts) {
            largest = Math.max(largest, shift);
        }
        return largest;
    }
}
