package org.djlsparse.spark;

import java.io.Serializable;

/**
 * An error that would come again if the task was repeated. It is a result, because Spark repeats
 * tasks that throw.
 */
final class TaskFailure implements Serializable {

    private static final long serialVersionUID = 1;

    final int task;
    final String message;
    final boolean diverged;

    TaskFailure(int task, String message, boolean diverged) {
        this.task = task;
        this.message = message;
        this.diverged = diverged;
    }
}
