package org.djlsparse.embedder;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import ai.djl.translate.TranslateException;

import org.djlsparse.ModelWeights;
import org.djlsparse.io.CheckReport;
import org.djlsparse.io.CheckedTensor;
import org.djlsparse.io.CompressedFile;
import org.djlsparse.io.WeightChecker;
import org.djlsparse.io.WeightFile;
import org.djlsparse.mask.NmPattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

/** Compresses a small encoder with random weights: two layers, vectors of 32. */
class CompressionTest {

    private static final NmPattern PATTERN = NmPattern.of(2, 4);

    @TempDir private Path folder;

    @Test
    void distillationLowersTheDistanceAndKeepsTheMasks() throws IOException, TranslateException {
        Engine.getEngine("PyTorch").setRandomSeed(1);
        Sentences sentences = Sentences.split(newSentences(), 64, 1);
        Path file = folder.resolve("sparse.safetensors");
        try (Model dense = Model.newInstance("dense", "PyTorch");
                Model model = Model.newInstance("sparse", "PyTorch");
                HuggingFaceTokenizer tokenizer = MiniLm.readTokenizer(16)) {
            dense.setBlock(newEncoder(dense.getNDManager()));
            Path denseFile = folder.resolve("dense.safetensors");
            ModelWeights.write(dense.getBlock(), denseFile);
            model.setBlock(newEncoder(model.getNDManager()));
            ModelWeights.read(model.getBlock(), denseFile);
            Compression compression = new Compression(PATTERN, tokenizer, sentences.training(), 1);
            try (Comparison comparison =
                    new Comparison(
                            CompressionTest::newEncoder,
                            dense,
                            tokenizer,
                            sentences.heldOut(),
                            false)) {
                compression.adaPrune(model.getBlock());
                ModelWeights.write(model.getBlock(), file);
                VariantResult before = comparison.compare("adaprune", PATTERN, file, 0);
                assertThat(before.transposable()).isTrue();
                List<List<Boolean>> zeros = zeros(file);

                compression.distil(model, dense.getBlock(), 40, 1e-3f);
                ModelWeights.write(model.getBlock(), file);
                VariantResult after = comparison.compare("distilled", PATTERN, file, 0);

                assertThat(after.similarity().cosine())
                        .isGreaterThan(before.similarity().cosine() + 0.01);
                assertThat(after.transposable()).isTrue();
                assertThat(zeros(file)).isEqualTo(zeros);
                assertThat(after.compressedBytes()).isLessThan(after.bytes());
                // The comparison embedded with the compressed file; the unwrapped model agrees.
                try (SentenceEmbedder embedder = new SentenceEmbedder(model, tokenizer);
                        SentenceEmbedder original = new SentenceEmbedder(dense, tokenizer)) {
                    Similarity similarity =
                            Similarity.of(
                                    original.embed(sentences.heldOut()),
                                    embedder.embed(sentences.heldOut()));
                    assertThat(similarity).isEqualTo(after.similarity());
                }
            }
        }
        CheckReport report = WeightChecker.builder().setPattern(PATTERN).build().check(file);
        // Four of the attention and two of the feed-forward network, in both layers.
        assertThat(report.tensors()).hasSize(12).allMatch(CheckedTensor::isTransposable);
        assertThat(report.tensors())
                .extracting(tensor -> tensor.tensor().name())
                .allMatch(name -> name.matches("0[45]layer[01]_.*(Projection|Linear)_weight"));
        try (CompressedFile small = CompressedFile.open(Comparison.compressedPath(file))) {
            assertThat(small.getStoredTensors().stream().filter(t -> t.pattern() != null))
                    .hasSize(12);
        }
    }

    @Test
    void theEncodersShapesAreThoseOfItsOutputs() {
        try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
            SentenceEncoder encoder = newEncoder(manager);
            NDArray tokens = manager.ones(new Shape(3, 5), DataType.INT64);

            NDList outputs =
                    encoder.forward(
                            new ParameterStore(manager, false),
                            new NDList(tokens, tokens.duplicate()),
                            false);

            assertThat(encoder.getOutputShapes(new Shape[] {tokens.getShape()}))
                    .containsExactly(outputs.getShapes());
        }
    }

    static SentenceEncoder newEncoder(NDManager manager) {
        SentenceEncoder encoder = new SentenceEncoder(30_522, 16, 32, 2, 4, 64);
        encoder.initialize(manager, DataType.FLOAT32, new Shape(1, 1), new Shape(1, 1));
        return encoder;
    }

    private static List<String> newSentences() {
        List<String> sentences = new ArrayList<>();
        for (String subject : List.of("The cat", "A dog", "My aunt", "Their horse", "No one")) {
            for (String verb : List.of("likes", "eats", "sees", "paints", "finds", "sells")) {
                for (String object : List.of("bread", "a red house", "old books", "the sea")) {
                    for (String time : List.of("today", "every single day", "in May", "now")) {
                        sentences.add(subject + " " + verb + " " + object + " " + time + ".");
                    }
                }
            }
        }
        return sentences;
    }

    /** Returns which entries of the masked weights are zero. */
    private static List<List<Boolean>> zeros(Path file) throws IOException {
        List<List<Boolean>> zeros = new ArrayList<>();
        try (WeightFile weights = WeightFile.open(file)) {
            for (var tensor : weights.getTensors()) {
                if (tensor.name().matches(".*(Projection|Linear)_weight")) {
                    byte[] bytes;
                    try (var stream = weights.newInputStream(tensor)) {
                        bytes = stream.readAllBytes();
                    }
                    List<Boolean> entries = new ArrayList<>();
                    for (int i = 0; i < bytes.length; i += Float.BYTES) {
                        entries.add((bytes[i] | bytes[i + 1] | bytes[i + 2] | bytes[i + 3]) == 0);
                    }
                    zeros.add(entries);
                }
            }
        }
        return zeros;
    }
}
