package org.djlsparse.internal.cpu;

import org.djlsparse.mask.WeightShape;

/**
 * A contiguous weight, {@code [out, in, taps]}, as a matrix whose columns are pairs of a channel
 * and a tap, with the columns of a channel side by side. The matrix of the forward product has a
 * row for each output, the matrix of the input gradient a row for each input.
 *
 * @param rows the matrix's rows
 * @param channels the channels that the columns read
 * @param taps the taps of the weight that the matrix has, in ascending order
 * @param rowStep the distance between two rows in the weight
 * @param channelStep the distance between two channels in the weight
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record WeightView(int rows, int channels, int[] taps, int rowStep, int channelStep) {

    /** The view of the weight itself. */
    static WeightView of(WeightShape shape, int... taps) {
        return new WeightView(
                shape.rows(), shape.columns(), taps, shape.columns() * shape.taps(), shape.taps());
    }

    /** The view of its transpose. */
    static WeightView transposed(WeightShape shape, int... taps) {
        return new WeightView(
                shape.columns(), shape.rows(), taps, shape.taps(), shape.columns() * shape.taps());
    }

    int columns() {
        return channels * taps.length;
    }

    /** The place of each column's entry in a row whose channels are a step apart. */
    int[] columnPlaces(int step) {
        int[] places = new int[columns()];
        int column = 0;
        for (int channel = 0; channel < channels; channel++) {
            for (int tap : taps) {
                places[column++] = channel * step + tap;
            }
        }
        return places;
    }
}
