package org.djlsparse.cli.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.core.Linear;
import ai.djl.nn.transformer.IdEmbedding;
import ai.djl.nn.transformer.TransformerEncoderBlock;
import ai.djl.training.ParameterStore;
import ai.djl.training.initializer.NormalInitializer;
import ai.djl.util.PairList;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/**
 * A character language model: DJL's encoder blocks with a causal attention mask.
 *
 * <p>Takes ids of shape (batch, length) and returns logits of shape (batch, length, vocabulary).
 */
public final class CausalTransformer extends AbstractBlock {

    // Added to attention scores before the softmax, as DJL does for padding.
    private static final float FORBIDDEN = -100_000f;

    private final TransformerSize size;
    private final IdEmbedding embedding;
    private final Parameter position;
    private final List<Block> layers = new ArrayList<>();
    private final Linear head;
    private final float[] causalOffsets;

    /**
     * Creates the model.
     *
     * @param vocabulary the number of different characters
     * @param size the model's size
     */
    @SuppressWarnings("this-escape") // DJL's way to add children
    public CausalTransformer(int vocabulary, TransformerSize size) {
        this.size = size;
        embedding =
                addChildBlock(
                        "embedding",
                        new IdEmbedding.Builder()
                                .setDictionarySize(vocabulary)
                                .setEmbeddingSize(size.embedding())
                                .build());
        position =
                addParameter(
                        Parameter.builder()
                                .setName("position")
                                .setType(Parameter.Type.WEIGHT)
                                .optShape(new Shape(size.length(), size.embedding()))
                                .optInitializer(new NormalInitializer(0.02f))
                                .build());
        for (int i = 0; i < size.layers(); i++) {
            layers.add(
                    addChildBlock(
                            "layer" + i,
                            new TransformerEncoderBlock(
                                    size.embedding(),
                                    size.heads(),
                                    size.hidden(),
                                    size.dropout(),
                                    Activation::relu)));
        }
        head = addChildBlock("head", Linear.builder().setUnits(vocabulary).build());
        causalOffsets = causalOffsets(size.length());
    }

    private static float[] causalOffsets(int length) {
        float[] offsets = new float[length * length];
        for (int to = 0; to < length; to++) {
            for (int from = to + 1; from < length; from++) {
                offsets[to * length + from] = FORBIDDEN;
            }
        }
        return offsets;
    }

    @Override
    protected NDList forwardInternal(
            ParameterStore parameterStore,
            NDList inputs,
            boolean training,
            @Nullable PairList<String, Object> params) {
        NDArray ids = inputs.singletonOrThrow();
        NDManager manager = ids.getManager();
        NDArray offsets =
                manager.create(causalOffsets, new Shape(1, 1, size.length(), size.length()));
        NDArray embedded =
                embedding.forward(parameterStore, inputs, training, params).singletonOrThrow();
        // The embedding comes first, so that the sum belongs to the batch, not to the model.
        NDArray hidden = embedded.add(parameterStore.getValue(position, ids.getDevice(), training));
        for (Block layer : layers) {
            hidden =
                    layer.forward(parameterStore, new NDList(hidden, offsets), training, params)
                            .singletonOrThrow();
        }
        return head.forward(parameterStore, new NDList(hidden), training, params);
    }

    @Override
    protected void initializeChildBlocks(
            NDManager manager, DataType dataType, Shape... inputShapes) {
        Shape ids = inputShapes[0];
        embedding.initialize(manager, dataType, ids);
        Shape hidden = ids.add(size.embedding());
        for (Block layer : layers) {
            layer.initialize(manager, dataType, hidden);
        }
        head.initialize(manager, dataType, hidden);
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
        return head.getOutputShapes(new Shape[] {inputShapes[0].add(size.embedding())});
    }
}
