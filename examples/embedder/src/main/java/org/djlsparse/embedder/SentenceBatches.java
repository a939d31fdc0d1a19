package org.djlsparse.embedder;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.training.dataset.Batch;
import ai.djl.training.dataset.Dataset;
import ai.djl.translate.Batchifier;
import ai.djl.util.Progress;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Batches of tokens and masks, without labels. Sentences of about the same length share a batch, so
 * that little of it is padding. The order of the batches is random.
 */
final class SentenceBatches implements Dataset {

    private final HuggingFaceTokenizer tokenizer;
    private final List<List<String>> batches = new ArrayList<>();
    private final int steps;
    private final long seed;

    /**
     * Creates batches.
     *
     * @param tokenizer the tokenizer, which pads
     * @param sentences the sentences
     * @param batchSize the number of sentences in a batch
     * @param steps the number of batches; when all were used they are used again, in a new order
     * @param seed the seed of the order
     */
    SentenceBatches(
            HuggingFaceTokenizer tokenizer,
            List<String> sentences,
            int batchSize,
            int steps,
            long seed) {
        this.tokenizer = tokenizer;
        this.steps = steps;
        this.seed = seed;
        List<String> sorted = new ArrayList<>(sentences);
        sorted.sort(Comparator.comparingInt(String::length));
        for (int i = 0; i < sorted.size(); i += batchSize) {
            batches.add(sorted.subList(i, Math.min(i + batchSize, sorted.size())));
        }
    }

    @Override
    public void prepare(Progress progress) {}

    @Override
    public Iterable<Batch> getData(NDManager manager) {
        Random random = new Random(seed);
        List<List<String>> order = new ArrayList<>(batches);
        Iterator<Batch> iterator =
                IntStream.range(0, steps)
                        .mapToObj(
                                step -> {
                                    int index = step % order.size();
                                    if (index == 0) {
                                        Collections.shuffle(order, random);
                                    }
                                    return newBatch(order.get(index), manager, step);
                                })
                        .iterator();
        return () -> iterator;
    }

    private Batch newBatch(List<String> sentences, NDManager manager, int step) {
        NDManager scope = manager.newSubManager();
        NDList data = Encoding.toNDList(tokenizer.batchEncode(sentences), scope, false, false);
        return new Batch(
                scope,
                data,
                new NDList(),
                sentences.size(),
                Batchifier.STACK,
                Batchifier.STACK,
                step,
                steps);
    }
}
