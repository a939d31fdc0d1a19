package org.djlsparse.convert;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;

import org.jspecify.annotations.Nullable;

/** A stand-in for a {@link Conv2d} block, with a hook on its forward pass. */
final class HookedConv2d extends Conv2d {

    private final Conv2d original;
    private final ForwardHook hook;

    HookedConv2d(Conv2d original, ForwardHook hook) {
        super(
                Conv2d.builder()
                        .setKernelShape(original.getKernelShape())
                        .setFilters(original.getFilters()));
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
