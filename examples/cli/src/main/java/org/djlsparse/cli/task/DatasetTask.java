package org.djlsparse.cli.task;

import ai.djl.ndarray.NDManager;
import ai.djl.training.dataset.RandomAccessDataset;

/** A task with its data in arrays. */
abstract class DatasetTask implements Task {

    private final NDManager manager;
    private final RandomAccessDataset training;
    private final RandomAccessDataset validation;

    /** Creates a task that closes the manager of both data sets with itself. */
    DatasetTask(NDManager manager, RandomAccessDataset training, RandomAccessDataset validation) {
        this.manager = manager;
        this.training = training;
        this.validation = validation;
    }

    @Override
    public final RandomAccessDataset getTrainingSet() {
        return training;
    }

    @Override
    public final RandomAccessDataset getValidationSet() {
        return validation;
    }

    @Override
    public final void close() {
        manager.close();
    }
}
