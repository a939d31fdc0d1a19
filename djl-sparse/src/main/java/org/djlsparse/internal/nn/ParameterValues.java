package org.djlsparse.internal.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDIndex;

/** The values of parameters, for other packages to replace. */
public final class ParameterValues {

    private static final NDIndex EVERYTHING = new NDIndex("...");

    private ParameterValues() {}

    /**
     * Writes into an array's own memory, past autograd, which protects parameters. DJL's {@code
     * copyTo} would give the array other memory instead.
     *
     * @param array the parameter's array
     * @param values of the same shape and type
     */
    public static void set(NDArray array, NDArray values) {
        try (NDArray stopped = array.stopGradient()) {
            stopped.set(EVERYTHING, values);
        }
    }
}
