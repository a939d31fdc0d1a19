package org.djlsparse.embedder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Activation;
import ai.djl.nn.norm.LayerNorm;
import ai.djl.nn.transformer.PointwiseFeedForwardBlock;
import ai.djl.nn.transformer.ScaledDotProductAttentionBlock;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;

import java.util.List;

/**
 * A layer of BERT's encoder (Devlin et al. 2019): attention and a feed-forward network, each
 * followed by the sum with its input and by a layer norm.
 *
 * <p>DJL's {@code TransformerEncoderBlock} is not this layer: its norms are batch norms, and it
 * adds the input of the attention to the result of the feed-forward network.
 */
final class EncoderLayer extends AbstractBlock {

    private final ScaledDotProductAttentionBlock attention;
    private final LayerNorm attentionNorm;
    private final PointwiseFeedForwardBlock feedForward;
    private final LayerNorm outputNorm;

    @SuppressWarnings("this-escape") // adding children is what DJL's constructors do
    EncoderLayer(int width, int heads, int hidden) {
        attention =
                addChildBlock(
                        "attention",
                        ScaledDotProductAttentionBlock.builder()
                                .setEmbeddingSize(width)
                                .setHeadCount(heads)
                                .optAttentionProbsDropoutProb(0)
                                .build());
        attentionNorm = addChildBlock("attentionNorm", SentenceEncoder.newNorm());
        feedForward =
                addChildBlock(
                        "feedForward",
                        new PointwiseFeedForwardBlock(List.of(hidden), width, Activation::gelu));
        outputNorm = addChildBlock("outputNorm", SentenceEncoder.newNorm());
    }

    ScaledDotProductAttentionBlock getAttention() {
        return attention;
    }

    LayerNorm getAttentionNorm() {
        return attentionNorm;
    }

    PointwiseFeedForwardBlock getFeedForward() {
        return feedForward;
    }

    LayerNorm getOutputNorm() {
        return outputNorm;
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
        return new Shape[] {inputShapes[0]};
    }

    @Override
    protected void initializeChildBlocks(NDManager manager, DataType type, Shape... inputShapes) {
        for (AbstractBlock block : List.of(attention, attentionNorm, feedForward, outputNorm)) {
            block.initialize(manager, type, inputShapes[0]);
        }
    }

    /** Maps token vectors (B, S, E) and the mask's offsets (B, 1, 1, S) to token vectors. */
    @Override
    protected NDList forwardInternal(
            ParameterStore store,
            NDList inputs,
            boolean training,
            PairList<String, Object> params) {
        NDArray attended = attention.forward(store, inputs, training).head();
        NDList middle =
                attentionNorm.forward(store, new NDList(attended.add(inputs.head())), training);
        NDArray output = feedForward.forward(store, middle, training).head();
        return outputNorm.forward(store, new NDList(output.add(middle.head())), training);
    }
}
