package org.djlsparse.cli.run;

import ai.djl.training.dataset.RandomAccessDataset;
import ai.djl.training.dataset.Sampler;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** Draws a number of batches from repeatedly shuffled data; the same for equal seeds. */
final class SeededSampler implements Sampler {

    private final int batchSize;
    private final int batches;
    private final long seed;

    SeededSampler(int batchSize, int batches, long seed) {
        this.batchSize = batchSize;
        this.batches = batches;
        this.seed = seed;
    }

    @Override
    public Iterator<List<Long>> sample(RandomAccessDataset dataset) {
        Iterator<Long> examples = new Examples(dataset.size(), seed);
        return IntStream.range(0, batches).mapToObj(i -> take(examples)).iterator();
    }

    private List<Long> take(Iterator<Long> examples) {
        List<Long> batch = new ArrayList<>(batchSize);
        for (int i = 0; i < batchSize; i++) {
            batch.add(examples.next());
        }
        return batch;
    }

    @Override
    public int getBatchSize() {
        return batchSize;
    }

    /** Iterates endlessly over all examples, in a new random order each time. */
    private static final class Examples implements Iterator<Long> {

        private final List<Long> order;
        private final Random random;
        private int next;

        Examples(long size, long seed) {
            order = new ArrayList<>(LongStream.range(0, size).boxed().toList());
            random = new Random(seed);
        }

        @Override
        public boolean hasNext() {
            return true;
        }

        @Override
        public Long next() {
            if (next == 0) {
                Collections.shuffle(order, random);
            }
            Long example = order.get(next);
            next = (next + 1) % order.size();
            return example;
        }
    }
}
