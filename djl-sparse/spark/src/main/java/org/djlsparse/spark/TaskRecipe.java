package org.djlsparse.spark;

import java.io.Serializable;

/** What all tasks of a training need, the same in all rounds. */
final class TaskRecipe implements Serializable {

    private static final long serialVersionUID = 1;

    final ModelFactory model;
    final SparsifierFactory sparsifier;
    final DataFactory data;
    final int threads; // 0 for as many as Spark gives the task

    TaskRecipe(ModelFactory model, SparsifierFactory sparsifier, DataFactory data, int threads) {
        this.model = model;
        this.sparsifier = sparsifier;
        this.data = data;
        this.threads = threads;
    }
}
