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

import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

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
     * Embeds sentences, in batches of 32. Sentences of about the same length share a batch, so that
     * little of it is padding.
     *
     * @param sentences the sentences
     * @return a vector for each sentence, in their order
     */
    float[][] embed(List<String> sentences) throws TranslateException {
        List<Integer> order =
                IntStream.range(0, sentences.size())
                        .boxed()
                        .sorted(Comparator.comparingInt(i -> sentences.get(i).length()))
                        .toList();
        float[][] vectors = new float[sentences.size()][];
        for (int start = 0; start < vectors.length; start += BATCH) {
            List<Integer> batch = order.subList(start, Math.min(start + BATCH, vectors.length));
            float[][] rows = predictor.predict(batch.stream().map(sentences::get).toList());
            for (int i = 0; i < rows.length; i++) {
                vectors[batch.get(i)] = rows[i];
            }
        }
        return vectors;
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
