package org.djlsparse.embedder;

import ai.djl.Model;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import ai.djl.translate.TranslateException;

import org.djlsparse.ModelWeights;
import org.djlsparse.Sparsifier;
import org.djlsparse.io.Compressor;
import org.djlsparse.io.WeightChecker;
import org.djlsparse.io.WeightFile;
import org.djlsparse.kernel.KernelChooser;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.training.MaskSchedule;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Compares files of compressed models with the dense model. */
final class Comparison implements AutoCloseable {

    private final EncoderSource source;
    private final HuggingFaceTokenizer tokenizer;
    private final List<String> sentences;
    private final boolean timed;
    private final SentenceEmbedder dense;
    private final float[][] expected;

    /**
     * Embeds the sentences with the dense model.
     *
     * @param source makes encoders like the dense one, whose weights do not matter
     * @param model the dense model
     * @param tokenizer the tokenizer, which pads
     * @param sentences the held-out sentences
     * @param timed whether to measure times, which takes some seconds for each file
     */
    Comparison(
            EncoderSource source,
            Model model,
            HuggingFaceTokenizer tokenizer,
            List<String> sentences,
            boolean timed)
            throws TranslateException {
        this.source = source;
        this.tokenizer = tokenizer;
        this.sentences = sentences;
        this.timed = timed;
        dense = new SentenceEmbedder(model, tokenizer);
        expected = dense.embed(sentences);
    }

    /** Returns the row of the dense model, whose file is given. */
    VariantResult ofDense(Path file) throws IOException {
        long bytes = Files.size(file);
        Similarity similarity = Similarity.of(expected, expected);
        return new VariantResult(null, "dense", similarity, false, bytes, bytes, null, null, 0);
    }

    /**
     * Reads, checks, compresses and times a model.
     *
     * @param method what made the model
     * @param pattern the pattern
     * @param file the model's file; the compressed file is written next to it
     * @param seconds the time that the method took
     * @return the row of the model
     */
    VariantResult compare(String method, NmPattern pattern, Path file, double seconds)
            throws IOException, TranslateException {
        Path small = compressedPath(file);
        try (WeightFile content = WeightFile.open(file)) {
            new Compressor(pattern, false).compress(content, content.getTensors(), small);
        }
        boolean transposable =
                WeightChecker.builder().setPattern(pattern).build().check(file).isTransposable();
        try (Model model = Model.newInstance(file.toString(), "PyTorch")) {
            Block encoder = source.newEncoder(model.getNDManager());
            ModelWeights.read(encoder, small);
            model.setBlock(encoder);
            Similarity similarity;
            try (SentenceEmbedder embedder = new SentenceEmbedder(model, tokenizer)) {
                similarity = Similarity.of(expected, embedder.embed(sentences));
            }
            Timing timing = timed ? time(model, pattern) : null;
            return new VariantResult(
                    pattern.toString(),
                    method,
                    similarity,
                    transposable,
                    Files.size(file),
                    Files.size(small),
                    timing == null ? null : timing.dense(),
                    timing == null ? null : timing.sparse(),
                    seconds);
        }
    }

    static Path compressedPath(Path file) {
        String name = String.valueOf(file.getFileName());
        return file.resolveSibling(name.replace(".safetensors", ".small.safetensors"));
    }

    /** The wrapper finds the masks of the zeros in the weights, and the kernels skip these. */
    private Timing time(Model model, NmPattern pattern) throws TranslateException {
        Sparsifier sparsifier =
                Sparsifier.builder()
                        .setPattern(pattern)
                        .optSchedule(MaskSchedule.once())
                        .optKernelChooser(KernelChooser.fastest())
                        .build();
        model.setBlock(sparsifier.wrap(model.getBlock()));
        try (SentenceEmbedder embedder = new SentenceEmbedder(model, tokenizer)) {
            return Timing.of(dense, embedder, sentences);
        }
    }

    @Override
    public void close() {
        dense.close();
    }

    /** Makes encoders. */
    @FunctionalInterface
    interface EncoderSource {

        /** Returns an initialized encoder, whose parameters the manager holds. */
        Block newEncoder(NDManager manager) throws IOException;
    }
}
