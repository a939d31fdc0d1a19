package org.djlsparse.spark.cli;

import org.djlsparse.cli.command.TaskOptions;
import org.djlsparse.cli.task.Task;

/** A command with a task, whose data and model executors need, too. */
interface TaskCommand {

    TaskOptions getTaskOptions();

    /** Opens the task. */
    default Task open() {
        return getTaskOptions().open(getSeed());
    }

    /** Returns the seed of the split of the task's data. */
    int getSeed();
}
