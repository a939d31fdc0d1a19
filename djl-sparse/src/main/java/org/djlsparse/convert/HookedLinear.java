package org.djlsparse.convert;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.core.Linear;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;

import org.jspecify.annotations.Nullable;

/** A stand-in for a {@link Linear} block, with a hook on its forward pass. */
final class HookedLinear extends Linear {

    private final Linear original;
    private final ForwardHook hook;

    HookedLinear(Linear original, ForwardHook hook) {
        super(Linear.builder());
        this.original = original;
        this.hook = hook;
        parameters.clear();
        original.getDirectParameters().forEach(p -> parameters.put(p.getKey(), p.getValue()));
    }

    @Override
    protected NDList forwardInternal(
            ParameterStore parameterStore,
            NDList inputs,
            boolean training,
            @Nullable PairList<String, Object> params) {
        return ForwardHooks.forward(original, hook, parameterStore, inputs, training, params);
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputs) {
        return original.getOutputShapes(inputs);
    }
}
