package org.djlsparse.spark;

import java.io.Serializable;

/**
 * A tensor of 32-bit floats on its way between driver and tasks, with all entries or only those
 * that a mask keeps. Its values must not be changed.
 */
final class FloatTensor implements Serializable {

    private static final long serialVersionUID = 1;

    private final String name;
    private final long[] shape;
    private final float[] values;

    FloatTensor(String name, long[] shape, float[] values) {
        this.name = name;
        this.shape = shape;
        this.values = values;
    }

    String getName() {
        return name;
    }

    long[] getShape() {
        return shape;
    }

    /**
     * Returns the values in row-major order, which are fewer than the entries if some are left out.
     */
    float[] getValues() {
        return values;
    }

    /** Returns the number of entries, with those that are left out. */
    long getSize() {
        long size = 1;
        for (long dimension : shape) {
            size *= dimension;
        }
        return size;
    }

    FloatTensor withValues(float[] other) {
        return new FloatTensor(name, shape, other);
    }

    /** Returns the index of the first value that is not finite, or -1. */
    int firstNotFinite() {
        for (int i = 0; i < values.length; i++) {
            if (!Float.isFinite(values[i])) {
                return i;
            }
        }
        return -1;
    }
}
