package org.djlsparse.internal.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;

import org.jspecify.annotations.Nullable;

import java.util.List;

/** The form of a linear layer. */
record LinearForm() implements ProductForm {

    @Override
    public @Nullable String reasonAgainstRows() {
        return null;
    }

    @Override
    public Shape outputShape(Shape input, long outputs) {
        return input.slice(0, input.dimension() - 1).add(outputs);
    }

    @Override
    public List<Integer> sizes(Shape input) {
        return List.of(ProductForm.log2(countRows(input)));
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

    @Override
    public NDArray inputGradient(NDArray gradient, NDArray weight, Shape input) {
        return LinearOps.module()
                .callWithGradients("dense_input_gradient", gradient, weight)
                .singletonOrThrow();
    }

    @Override
    public NDArray weightGradient(NDArray gradient, NDArray x, Shape weight) {
        return LinearOps.module()
                .callWithGradients("dense_weight_gradient", gradient, x)
                .singletonOrThrow();
    }
}
