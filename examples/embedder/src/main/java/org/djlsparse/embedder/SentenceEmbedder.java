package org.djlsparse.embedder;

import ai.djl.Model;
import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.translate.NoBatchifyTranslator;
import ai.djl.translate.TranslateException;
import ai.djl.translate.TranslatorContext;

import java.util.ArrayList;
import java.util.List;

/** Maps sentences to vectors of length 1; similar sentences have similar vectors. */
final class SentenceEmbedder implements AutoCloseable {

    private static final int BATCH = 32;

    private final Predictor<List<String>, float[][]> predictor;

    /**
     * Creates an embedder.
     *
     * @param model a model whose block takes tokens and their mask, as {@link SentenceEncoder}
     *     does; it is not closed with the embedder
     * @param tokenizer the tokenizer, which pads; it is not closed with the embedder
     */
    SentenceEmbedder(Model model, HuggingFaceTokenizer tokenizer) {
        predictor = model.newPredictor(new SentenceTranslator(tokenizer));
    }

    /**
     * Embeds sentences, in batches of 32.
     *
     * @param sentences the sentences
     * @return a vector for each sentence
     */
    float[][] embed(List<String> sentences) throws TranslateException {
        List<float[]> vectors = new ArrayList<>(sentences.size());
        for (int i = 0; i < sentences.size(); i += BATCH) {
            List<String> batch = sentences.subList(i, Math.min(i + BATCH, sentences.size()));
            vectors.addAll(List.of(predictor.predict(batch)));
        }
        return vectors.toArray(new float[0][]);
    }

    @Override
    public void close() {
        predictor.close();
    }

    private record SentenceTranslator(HuggingFaceTokenizer tokenizer)
            implements NoBatchifyTranslator<List<String>, float[][]> {

        @Override
        public NDList processInput(TranslatorContext context, List<String> sentences) {
            Encoding[] encodings = tokenizer.batchEncode(sentences);
            return Encoding.toNDList(encodings, context.getNDManager(), false, false);
        }

        @Override
        public float[][] processOutput(TranslatorContext context, NDList list) {
            NDArray vectors = list.head();
            float[][] rows = new float[(int) vectors.getShape().get(0)][];
            for (int i = 0; i < rows.length; i++) {
                rows[i] = vectors.get(i).toFloatArray();
            }
            return rows;
        }
    }
}
