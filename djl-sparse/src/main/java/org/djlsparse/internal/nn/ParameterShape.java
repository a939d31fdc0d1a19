package org.djlsparse.internal.nn;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;

import org.jspecify.annotations.Nullable;

import java.util.Objects;

/** The shape of a parameter, including parameters of engine modules. */
final class ParameterShape {

    private ParameterShape() {}

    /** Returns the shape, or null if it is not known yet. */
    static @Nullable Shape of(Parameter parameter) {
        Shape shape = parameter.getShape();
        // A module of the engine gives its parameters an array but no shape.
        return shape == null && parameter.isInitialized() ? parameter.getArray().getShape() : shape;
    }

    /** Returns the shape of an initialized parameter. */
    static Shape known(Parameter parameter) {
        return Objects.requireNonNull(of(parameter));
    }
}
