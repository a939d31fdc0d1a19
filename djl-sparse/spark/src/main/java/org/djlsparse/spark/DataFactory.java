package org.djlsparse.spark;

import ai.djl.ndarray.NDManager;
import ai.djl.training.dataset.Dataset;
import ai.djl.training.dataset.RandomAccessDataset;

import java.io.Serializable;

/**
 * Creates the data on which one task trains in one round. The data must depend on nothing but the
 * task's numbers: a task that Spark repeats or runs twice must get the same batches in the same
 * order.
 */
@FunctionalInterface
public interface DataFactory extends Serializable {

    /**
     * Creates the data set of a task. The task trains on its first {@link TrainingTask#steps}
     * batches. If it has fewer, it is iterated again from its start.
     *
     * @param manager creates arrays that live until the task ends
     * @param task the round and the task
     * @return the data set
     * @throws Exception if it cannot be created; Spark then tries again
     */
    Dataset newDataset(NDManager manager, TrainingTask task) throws Exception;

    /**
     * Returns a factory that divides the examples of one data set among the tasks, like PyTorch's
     * {@code DistributedSampler}: see {@link DistributedSampler} for the order.
     *
     * @param examples creates the whole data set; its own sampling does not matter
     * @param batchSize the number of examples in a batch of one task, at least 1
     * @return the factory
     * @throws IllegalArgumentException if the batch size is less than 1
     */
    static DataFactory sharing(Examples examples, int batchSize) {
        return new SharedExamples(examples, batchSize);
    }

    /** Creates a data set of which examples can be read in any order. */
    @FunctionalInterface
    interface Examples extends Serializable {

        /**
         * Creates the data set.
         *
         * @param manager creates arrays that live until the task ends
         * @return the data set; always the same examples in the same order
         * @throws Exception if it cannot be created; Spark then tries again
         */
        RandomAccessDataset newDataset(NDManager manager) throws Exception;
    }
}
