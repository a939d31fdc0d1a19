package org.djlsparse.nn;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Block;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;

import org.jspecify.annotations.Nullable;

/** Stands in for a block of any class, where that need not be known, and shows a tap its input. */
final class TappedBlock extends AbstractBlock {

    private final Block original;
    private final InputTap tap;

    TappedBlock(Block original, InputTap tap) {
        this.original = original;
        this.tap = tap;
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
