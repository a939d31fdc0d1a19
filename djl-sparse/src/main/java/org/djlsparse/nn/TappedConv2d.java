package org.djlsparse.nn;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;

import org.jspecify.annotations.Nullable;

/** Stands in for a {@link Conv2d} block and shows a tap what goes through it. */
final class TappedConv2d extends Conv2d {

    private final Conv2d original;
    private final InputTap tap;

    TappedConv2d(Conv2d original, InputTap tap) {
        super(
                Conv2d.builder()
                        .setKernelShape(original.getKernelShape())
                        .setFilters(original.getFilters()));
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
