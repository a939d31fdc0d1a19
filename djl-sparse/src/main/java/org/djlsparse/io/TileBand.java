package org.djlsparse.io;

import org.djlsparse.mask.WeightShape;

/** A band of a tensor's rows and the arrays for working on it, which later bands use again. */
final class TileBand {

    private final byte[] bytes;
    private WeightShape shape;
    private long firstRow;
    private float[] values = {};
    private byte[] maskBytes = {};

    /**
     * Creates a band.
     *
     * @param largest the shape of the largest band that the arrays must hold
     */
    TileBand(WeightShape largest, int elementBytes) {
        bytes = new byte[largest.size() * elementBytes];
        shape = largest;
    }

    /** Turns this into another band of the tensor. */
    void set(WeightShape newShape, long newFirstRow) {
        shape = newShape;
        firstRow = newFirstRow;
    }

    WeightShape getShape() {
        return shape;
    }

    /** The tensor's row at which the band begins. */
    long getFirstRow() {
        return firstRow;
    }

    /** The band's data, from index 0 on, which may be changed. The array may be longer. */
    byte[] getBytes() {
        return bytes;
    }

    /** Decodes the data, into the same array each time. */
    float[] decode(FloatDecoder decoder) {
        if (values.length != shape.size()) {
            values = new float[shape.size()];
        }
        decoder.decode(bytes, values.length, values);
        return values;
    }

    /** An array with a byte for each entry. */
    byte[] getMaskBytes() {
        if (maskBytes.length != shape.size()) {
            maskBytes = new byte[shape.size()];
        }
        return maskBytes;
    }
}
