package org.djlsparse.embedder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.norm.LayerNorm;
import ai.djl.nn.transformer.IdEmbedding;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A sentence transformer (Reimers and Gurevych 2019): BERT's encoder, the mean of the vectors of a
 * sentence's tokens, and division by the length of that mean. There is no dropout.
 *
 * <p>All tokens are of BERT's type 0, so there is no table of types: its row 0 is part of the
 * vectors of the positions.
 */
final class SentenceEncoder extends AbstractBlock {

    private final int width;
    private final IdEmbedding words;
    private final IdEmbedding positions;
    private final LayerNorm norm;
    private final List<EncoderLayer> layers = new ArrayList<>();

    /**
     * Creates an encoder without weights.
     *
     * @param vocabulary the number of tokens
     * @param length the largest number of tokens in a sentence
     * @param width the size E of the vectors
     * @param layerCount the number of layers
     * @param heads the number of attention heads
     * @param hidden the size of the feed-forward networks' hidden layer
     */
    @SuppressWarnings("this-escape") // adding children is what DJL's constructors do
    SentenceEncoder(int vocabulary, int length, int width, int layerCount, int heads, int hidden) {
        this.width = width;
        words = addChildBlock("words", newEmbedding(vocabulary, width));
        positions = addChildBlock("positions", newEmbedding(length, width));
        norm = addChildBlock("norm", newNorm());
        for (int i = 0; i < layerCount; i++) {
            layers.add(addChildBlock("layer" + i, new EncoderLayer(width, heads, hidden)));
        }
    }

    private static IdEmbedding newEmbedding(int size, int width) {
        return new IdEmbedding.Builder().setDictionarySize(size).setEmbeddingSize(width).build();
    }

    /** Creates a norm of vectors, the last axis of (B, S, E), with BERT's epsilon. */
    static LayerNorm newNorm() {
        return LayerNorm.builder().axis(2).optEpsilon(1e-12f).build();
    }

    IdEmbedding getWords() {
        return words;
    }

    IdEmbedding getPositions() {
        return positions;
    }

    LayerNorm getNorm() {
        return norm;
    }

    List<EncoderLayer> getLayers() {
        return layers;
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
        Shape[] shapes = new Shape[1 + layers.size()];
        Arrays.fill(shapes, inputShapes[0].add(width));
        shapes[0] = new Shape(inputShapes[0].get(0), width);
        return shapes;
    }

    @Override
    protected void initializeChildBlocks(NDManager manager, DataType type, Shape... inputShapes) {
        Shape vectors = inputShapes[0].add(width);
        words.initialize(manager, type, inputShapes[0]);
        positions.initialize(manager, type, inputShapes[0]);
        norm.initialize(manager, type, vectors);
        layers.forEach(layer -> layer.initialize(manager, type, vectors));
    }

    /**
     * Maps tokens (B, S) and their mask (B, S), which is 0 where a shorter sentence is padded, to
     * embeddings (B, E) of length 1. The further outputs, for distillation, are the tokens' vectors
     * (B, S, E) after each layer, with zeros for the padding.
     */
    @Override
    protected NDList forwardInternal(
            ParameterStore store,
            NDList inputs,
            boolean training,
            PairList<String, Object> params) {
        NDArray tokens = inputs.get(0);
        long batch = tokens.getShape().get(0);
        long length = tokens.getShape().get(1);
        NDArray mask = inputs.get(1).toType(DataType.FLOAT32, false).reshape(batch, 1, length);
        NDManager manager = tokens.getManager();
        NDArray places = manager.arange(0, (int) length, 1, DataType.INT64).expandDims(0);

        NDArray sum =
                words.forward(store, new NDList(tokens), training)
                        .head()
                        .add(positions.forward(store, new NDList(places), training).head());
        NDArray vectors = norm.forward(store, new NDList(sum), training).head();
        // Added to the scores of the attention, before the softmax.
        NDArray offsets = mask.sub(1).mul(100_000).reshape(batch, 1, 1, length);
        NDArray kept = mask.reshape(batch, length, 1);
        NDList outputs = new NDList();
        for (EncoderLayer layer : layers) {
            vectors = layer.forward(store, new NDList(vectors, offsets), training).head();
            outputs.add(vectors.mul(kept));
        }
        NDArray shares = mask.div(mask.sum(new int[] {2}, true));
        NDArray means = shares.matMul(vectors).reshape(batch, width);
        outputs.add(0, means.normalize());
        return outputs;
    }
}
