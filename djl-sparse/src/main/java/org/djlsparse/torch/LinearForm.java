package org.djlsparse.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;

import org.jspecify.annotations.Nullable;

/** A linear layer. */
record LinearForm() implements ProductForm {

    @Override
    public NDArray toRows(NDArray x) {
        return x;
    }

    @Override
    public NDArray fromRows(NDArray rows) {
        return rows;
    }

    @Override
    public NDArray toMatrix(NDArray weight) {
        return weight;
    }

    @Override
    public long countRows(Shape input) {
        return input.size() / Math.max(1, input.get(input.dimension() - 1));
    }

    @Override
    public NDArray plain(NDArray x, NDArray weight, @Nullable NDArray bias) {
        return x.getNDArrayInternal().linear(x, weight, bias).singletonOrThrow();
    }
}
