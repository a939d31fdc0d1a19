package org.djlsparse.spark;

import java.io.Serializable;

/** What a task tells of its training. */
final class TaskFigures implements Serializable {

    private static final long serialVersionUID = 1;

    final int task;
    final double loss; // mean over the steps
    final long examples;
    final double seconds;
    final long returnedBytes;
    final long allBytes; // if all entries were returned

    TaskFigures(
            int task,
            double loss,
            long examples,
            double seconds,
            long returnedBytes,
            long allBytes) {
        this.task = task;
        this.loss = loss;
        this.examples = examples;
        this.seconds = seconds;
        this.returnedBytes = returnedBytes;
        this.allBytes = allBytes;
    }
}
