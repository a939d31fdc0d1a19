package org.djlsparse.nn;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.core.Linear;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;

import org.jspecify.annotations.Nullable;

/** Stands in for a {@link Linear} block and shows a tap what goes through it. */
final class TappedLinear extends Linear {

    private final Linear original;
    private final InputTap tap;

    TappedLinear(Linear original, InputTap tap) {
        super(Linear.builder());
        this.original = original;
        this.tap = tap;
        parameters.clear();
        original.getDirectParameters().forEach(p -> parameters.put(p.getKey(), p.getValue()));
    }

    @Override
    protected NDList forwardInternal(
            ParameterStore parameterStore,
            NDList inputs,
            boolean training,
            @Nullable PairList<String, Object> params) {
        return InputTaps.forward(original, tap, parameterStore, inputs, training, params);
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputs) {
        return original.getOutputShapes(inputs);
    }
}
