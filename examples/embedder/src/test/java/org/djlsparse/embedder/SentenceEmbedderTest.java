package org.djlsparse.embedder;

import ai.djl.Model;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.translate.TranslateException;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

/** The embeddings equal those of ONNX Runtime, computed from the same file. */
class SentenceEmbedderTest {

    private static final List<String> SENTENCES =
            List.of(
                    "A cat sits on the mat.",
                    "The mat has a cat on it.",
                    "Stock prices fell sharply on Monday.",
                    "Yes",
                    "",
                    "NullPointerException at line 42 of Main.java",
                    "How do I read a file line by line in Java?",
                    "What is the best way to read a text file in Java, one line after the other?",
                    "Der Zug nach Berlin f\u00e4hrt um acht Uhr ab.",
                    "\u6771\u4eac\u306f\u65e5\u672c\u306e\u9996\u90fd\u3067\u3059",
                    "The quick brown fox jumps over the lazy dog, and the dog does not even wake"
                            + " up.",
                    "E = mc^2",
                    "She sells sea shells by the sea shore; the shells she sells are surely sea"
                            + " shells.",
                    "An interface may declare default methods, static methods and constants.",
                    "\ud83d\ude00 emoji are tokens, too",
                    "Rain is expected in the north, while the south stays dry and sunny until"
                            + " Friday.",
                    "To be, or not to be, that is the question: whether 'tis nobler in the mind to"
                            + " suffer the slings and arrows of outrageous fortune, or to take arms"
                            + " against a sea of troubles and by opposing end them.",
                    "garbage collection",
                    "Garbage is collected on Tuesdays.",
                    "word ".repeat(400));

    @Test
    void equalsOnnxRuntime() throws IOException, TranslateException {
        try (Model model = Model.newInstance("all-MiniLM-L6-v2", "PyTorch");
                HuggingFaceTokenizer tokenizer = MiniLm.readTokenizer(128);
                OnnxReference reference = new OnnxReference(tokenizer)) {
            model.setBlock(MiniLm.newEncoder(MiniLm.readWeights(), model.getNDManager()));
            float[][] vectors;
            try (SentenceEmbedder embedder = new SentenceEmbedder(model, tokenizer)) {
                vectors = embedder.embed(SENTENCES);
            }
            assertThat(vectors).hasNumberOfRows(SENTENCES.size());
            double worst = 1;
            double difference = 0;
            for (int i = 0; i < vectors.length; i++) {
                // One by one, so that padding in the embedder's batch has no counterpart here.
                float[] expected = reference.embed(SENTENCES.get(i));
                double product = 0;
                for (int j = 0; j < expected.length; j++) {
                    product += (double) vectors[i][j] * expected[j];
                    difference = Math.max(difference, Math.abs(vectors[i][j] - expected[j]));
                }
                worst = Math.min(worst, product);
            }
            System.out.printf("cosine %.9f, difference %.3g%n", worst, difference);
            assertThat(worst).isGreaterThan(0.99999);
            assertThat(difference).isLessThan(1e-5);
        }
    }
}
