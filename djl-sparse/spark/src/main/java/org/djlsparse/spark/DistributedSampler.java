package org.djlsparse.spark;

import ai.djl.training.dataset.RandomAccessDataset;
import ai.djl.training.dataset.Sampler;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Random;

/**
 * Samples the examples of one task in one round, as PyTorch's {@code DistributedSampler} does by
 * rank, replicas and seed. Each epoch has one permutation of all examples, which depends on the
 * seed and the epoch. It is cut into batches, which go to the tasks in turn: task t of n gets
 * batches t, t + n, t + 2n and so on. Examples that do not fill a batch for every task are left out
 * in this epoch.
 *
 * <p>The epochs run on across rounds: step s of the training is batch s of a task, whatever the
 * round. All rounds of a single task therefore give the same batches as one round of as many steps.
 *
 * <p>Cost: an epoch's permutation takes 4 bytes an example while the task runs.
 */
public final class DistributedSampler implements Sampler {

    private final TrainingTask task;
    private final int batchSize;

    /**
     * Creates a sampler.
     *
     * @param task the round and the task
     * @param batchSize the number of examples in a batch, at least 1
     * @throws IllegalArgumentException if the batch size is less than 1
     */
    public DistributedSampler(TrainingTask task, int batchSize) {
        checkBatchSize(batchSize);
        this.task = task;
        this.batchSize = batchSize;
    }

    static void checkBatchSize(int batchSize) {
        if (batchSize < 1) {
            throw new IllegalArgumentException("batch size " + batchSize + ": must be at least 1");
        }
    }

    @Override
    public int getBatchSize() {
        return batchSize;
    }

    /**
     * Samples the indices of {@link TrainingTask#steps} batches.
     *
     * @param dataset the data set of all tasks
     * @return the indices of the examples of each batch
     * @throws IllegalArgumentException if the data set has fewer examples than one batch for every
     *     task, or 2^31 examples or more
     */
    @Override
    public Iterator<List<Long>> sample(RandomAccessDataset dataset) {
        long size = dataset.size();
        long turn = (long) task.tasks() * batchSize;
        if (size < turn) {
            throw new TooFewExamplesException(
                    size
                            + " examples: must be at least "
                            + turn
                            + ", a batch of "
                            + batchSize
                            + " for each of "
                            + task.tasks()
                            + " tasks");
        }
        if (size > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(size + " examples: must be fewer than 2^31");
        }
        return new Batches((int) size, size / turn);
    }

    /** Tells that no retry helps. */
    static final class TooFewExamplesException extends IllegalArgumentException {

        private static final long serialVersionUID = 1;

        TooFewExamplesException(String message) {
            super(message);
        }
    }

    private final class Batches implements Iterator<List<Long>> {

        private final int size;
        private final long batchesPerEpoch;
        private int done;
        private long epoch = -1;
        private int[] order = {};

        private Batches(int size, long batchesPerEpoch) {
            this.size = size;
            this.batchesPerEpoch = batchesPerEpoch;
        }

        @Override
        public boolean hasNext() {
            return done < task.steps();
        }

        @Override
        public List<Long> next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            long step = task.firstStep() + done;
            if (step / batchesPerEpoch != epoch) {
                epoch = step / batchesPerEpoch;
                order = permutation();
            }
            done++;
            long batch = step % batchesPerEpoch * task.tasks() + task.task();
            int first = Math.toIntExact(batch * batchSize);
            List<Long> indices = new ArrayList<>(batchSize);
            for (int i = first; i < first + batchSize; i++) {
                indices.add((long) order[i]);
            }
            return indices;
        }

        private int[] permutation() {
            // The algorithm of java.util.Random is specified, that of Collections.shuffle is not.
            Random random = new Random(Seeds.mix(task.seed(), epoch));
            int[] shuffled = new int[size];
            for (int i = 1; i < size; i++) {
                int other = random.nextInt(i + 1);
                shuffled[i] = shuffled[other];
                shuffled[other] = i;
            }
            return shuffled;
        }
    }
}
