package org.djlsparse.convert;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Block;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;

import org.jspecify.annotations.Nullable;

/** A stand-in for a block whose class need not be kept, with a hook on its forward pass. */
final class HookedBlock extends AbstractBlock {

    private final Block original;
    private final ForwardHook hook;

    HookedBlock(Block original, ForwardHook hook) {
        this.original = original;
        this.hook = hook;
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
