package org.djlsparse.spark;

import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.SerializableConfiguration;
import org.djlsparse.io.WeightFile;
import org.djlsparse.io.WeightFileException;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.OutputStream;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Runs the tasks on a checkpoint and collects their rows. What Spark should not try again, such as
 * a weight that is NaN, comes back as a result.
 *
 * @param <T> the rows of a task
 */
final class ShardJob<T> {

    private final JavaSparkContext spark;
    private final HadoopFiles files;
    private final ShardWork<T> work;

    /** The outcome of a task: rows, and the file if one was written; or an error. */
    private record Answer<T>(
            @Nullable T rows,
            OutputFolder.@Nullable Written written,
            @Nullable WeightFileException error)
            implements Serializable {}

    /** The outcome of all tasks, in their order. */
    record Result<T>(List<T> rows, List<OutputFolder.Written> written) {}

    ShardJob(JavaSparkContext spark, HadoopFiles files, ShardWork<T> work) {
        this.spark = spark;
        this.files = files;
        this.work = work;
    }

    /** Runs tasks that write nothing. */
    Result<T> run(String description, List<ShardTask> tasks) throws IOException {
        return collect(runTasks(description, tasks, null));
    }

    /**
     * Runs tasks that write a file each into a new folder, and then writes the index. After an
     * error the folder is as it was before.
     */
    Result<T> run(
            String description,
            List<ShardTask> tasks,
            OutputFolder folder,
            OutputFolder.Index index,
            OutputFolder.@Nullable Index masksIndex)
            throws IOException {
        Configuration hadoop = spark.hadoopConfiguration();
        folder.setUp(files, hadoop);
        try {
            Result<T> result = collect(runTasks(description, tasks, folder));
            folder.commit(hadoop, result.written(), index, masksIndex);
            return result;
        } catch (Throwable e) { // Scala does not declare its exceptions
            try {
                folder.abort(hadoop);
            } catch (IOException | RuntimeException second) {
                e.addSuppressed(second);
            }
            throw e;
        }
    }

    private List<Answer<T>> runTasks(
            String description, List<ShardTask> tasks, @Nullable OutputFolder folder)
            throws IOException {
        Broadcast<SerializableConfiguration> hadoop =
                spark.broadcast(new SerializableConfiguration(spark.hadoopConfiguration()));
        ShardWork<T> todo = work;
        String version = LibraryVersion.get();
        return SparkJobs.run(
                spark,
                description,
                () ->
                        spark.parallelize(tasks, tasks.size())
                                .map(
                                        task -> {
                                            LibraryVersion.check(version);
                                            return run(task, todo, hadoop.value().value(), folder);
                                        })
                                .collect());
    }

    private static <T> Answer<T> run(
            ShardTask task, ShardWork<T> work, Configuration hadoop, @Nullable OutputFolder folder)
            throws IOException {
        HadoopFiles files = new HadoopFiles(hadoop);
        try (WeightFile shard = task.open(files)) {
            if (folder == null) {
                T rows = work.run(shard, task.getSelected(), OutputStream.nullOutputStream(), null);
                return new Answer<>(rows, null, null);
            }
            OutputFolder.Outcome<T> outcome =
                    folder.write(
                            files,
                            hadoop,
                            task,
                            (out, masks) -> work.run(shard, task.getSelected(), out, masks));
            return new Answer<>(outcome.result(), outcome.written(), null);
        } catch (WeightFileException e) {
            if (e.getCause() != null) {
                throw e; // an error of the file system, which may pass
            }
            return new Answer<>(null, null, e);
        }
    }

    private static <T> Result<T> collect(List<Answer<T>> answers) throws IOException {
        List<T> rows = new ArrayList<>();
        List<OutputFolder.Written> written = new ArrayList<>();
        for (Answer<T> answer : answers) {
            if (answer.error != null) {
                throw answer.error;
            }
            rows.add(Objects.requireNonNull(answer.rows));
            if (answer.written != null) {
                written.add(answer.written);
            }
        }
        return new Result<>(rows, written);
    }
}
