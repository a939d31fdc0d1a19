package org.djlsparse.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;

import org.jspecify.annotations.Nullable;

/** A linear layer. */
record LinearForm() implements ProductForm {

    @Override
    public @Nullable String reasonAgainstRows() {
        return null;
    }

    @Override
    public @Nullable String reasonAgainstPanels() {
        return null;
    }

    @Override
    public Shape outputShape(Shape input, long outputs) {
        return input.slice(0, input.dimension() - 1).add(outputs);
    }

    @Override
    public Shape inputShape(Shape output, long inputs) {
        return outputShape(output, inputs);
    }

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
