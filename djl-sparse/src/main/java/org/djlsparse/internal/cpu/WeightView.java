package org.djlsparse.internal.cpu;

import org.djlsparse.mask.WeightShape;

/**
 * A weight, {@code [out, in, taps]} one behind the other, as a matrix whose columns are pairs of a
 * channel and a tap: the columns of one channel stand together. The matrix that the forward product
 * multiplies by has a row an output; the one of the input gradient has a row an input.
 *
 * @param rows the matrix's rows
 * @param channels the channels that the columns read
 * @param taps which taps of the weight the matrix has, in ascending order
 * @param rowStep how far apart two rows are in the weight
 * @param channelStep how far apart two channels are
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record WeightView(int rows, int channels, int[] taps, int rowStep, int channelStep) {

    /** The weight itself. */
    static WeightView of(WeightShape shape, int... taps) {
        return new WeightView(
                shape.rows(), shape.columns(), taps, shape.columns() * shape.taps(), shape.taps());
    }

    /** Its transpose. */
    static WeightView transposed(WeightShape shape, int... taps) {
        return new WeightView(
                shape.columns(), shape.rows(), taps, shape.taps(), shape.columns() * shape.taps());
    }

    int columns() {
        return channels * taps.length;
    }

    /** Where each column's entry is within a row, if channels are a step apart. */
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
