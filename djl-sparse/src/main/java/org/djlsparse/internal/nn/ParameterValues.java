package org.djlsparse.internal.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;

/** Access to the values of parameters. */
public final class ParameterValues {

    private static final NDIndex EVERYTHING = new NDIndex("...");

    private ParameterValues() {}

    /**
     * Copies an array to the heap.
     *
     * @param array an array of a floating-point type
     * @return the values as float32
     */
    public static float[] read(NDArray array) {
        if (array.getDataType() == DataType.FLOAT32) {
            return array.toFloatArray();
        }
        try (NDArray converted = array.toType(DataType.FLOAT32, false)) {
            return converted.toFloatArray();
        }
    }

    /**
     * Writes values into an array's own memory, bypassing autograd, which protects parameters.
     * DJL's {@code copyTo} would give the array other memory instead.
     *
     * @param array the parameter's array
     * @param values values of the same shape and type
     */
    public static void set(NDArray array, NDArray values) {
        try (NDArray stopped = array.stopGradient()) {
            stopped.set(EVERYTHING, values);
        }
    }
}
