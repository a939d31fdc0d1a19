package org.djlsparse.embedder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.training.dataset.Batch;
import ai.djl.training.dataset.Dataset;
import ai.djl.translate.Batchifier;
import ai.djl.translate.TranslateException;
import ai.djl.util.Progress;

import java.io.IOException;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Random;

/**
 * Batches in which some tokens are replaced at random by other tokens of the same batch. In a
 * distillation the teacher embeds whatever the student does, so changed sentences are as good as
 * others, and there are more of them (Jiao et al. 2020, "TinyBERT", replace words by likely ones).
 */
final class ReplacedWords implements Dataset {

    /** BERT's vocabulary begins with tokens that are special or unused. */
    private static final int FIRST_WORD = 999;

    private final Dataset batches;
    private final double share;
    private final long seed;

    /**
     * Creates batches.
     *
     * @param batches the batches of whole sentences: tokens, then masks
     * @param share the share of tokens to replace
     * @param seed the seed of their choice
     */
    ReplacedWords(Dataset batches, double share, long seed) {
        this.batches = batches;
        this.share = share;
        this.seed = seed;
    }

    @Override
    public void prepare(Progress progress) throws IOException, TranslateException {
        batches.prepare(progress);
    }

    @Override
    public Iterable<Batch> getData(NDManager manager) throws IOException, TranslateException {
        Iterator<Batch> iterator = batches.getData(manager).iterator();
        Random random = new Random(31 * seed + 7); // unlike that of the batches' order
        return () ->
                new Iterator<>() {
                    @Override
                    public boolean hasNext() {
                        return iterator.hasNext();
                    }

                    @Override
                    public Batch next() {
                        return replace(iterator.next(), random);
                    }
                };
    }

    private Batch replace(Batch batch, Random random) {
        NDList data = batch.getData();
        NDArray old = data.get(0);
        long[] tokens = old.toLongArray();
        long[] words = Arrays.stream(tokens).filter(token -> token >= FIRST_WORD).toArray();
        for (int i = 0; i < tokens.length; i++) {
            if (tokens[i] >= FIRST_WORD && random.nextDouble() < share) {
                tokens[i] = words[random.nextInt(words.length)];
            }
        }
        NDArray changed = batch.getManager().create(tokens, old.getShape());
        changed.setName(old.getName());
        NDList replaced = new NDList(changed);
        replaced.addAll(data.subNDList(1));
        return new Batch(
                batch.getManager(),
                replaced,
                batch.getLabels(),
                batch.getSize(),
                Batchifier.STACK,
                Batchifier.STACK,
                batch.getProgress(),
                batch.getProgressTotal());
    }
}
