package org.djlsparse.spark;

import org.apache.spark.SparkException;
import org.apache.spark.api.java.JavaSparkContext;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;

/** Runs jobs, and words what has gone wrong. */
final class SparkJobs {

    private static final Duration TASKS_END_WITHIN = Duration.ofMinutes(1);

    private SparkJobs() {}

    /**
     * Runs a job. After an error, its other tasks have ended, too, but for those that do not within
     * a minute.
     *
     * @throws IOException if it failed; the message is that of the task's last error, in a line
     */
    @SuppressWarnings("try") // the description is held, not used
    static <T> T run(JavaSparkContext spark, String description, Supplier<T> job)
            throws IOException {
        try (JobDescription jobs = JobDescription.of(spark, description);
                RunningTasks tasks = RunningTasks.of(spark)) {
            try {
                return job.get();
            } catch (Throwable e) {
                awaitEnd(tasks, e);
                throw e;
            }
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            // Scala does not declare it, so the compiler does not know that it may be thrown.
            if (e instanceof SparkException failed) {
                throw failure(description, failed);
            }
            throw new IOException(e);
        }
    }

    private static void awaitEnd(RunningTasks tasks, Throwable error) {
        try {
            int left = tasks.await(TASKS_END_WITHIN);
            if (left > 0) {
                error.addSuppressed(
                        new IOException(
                                left
                                        + " tasks have not ended within "
                                        + TASKS_END_WITHIN.toSeconds()
                                        + " s: what they write may stay in the folder"));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            error.addSuppressed(e);
        }
    }

    private static IOException failure(String description, SparkException failed) {
        String line = String.valueOf(messageOf(failed)).lines().findFirst().orElse("");
        return new IOException(description + ": " + line, failed);
    }

    /** Returns the message of the error in the task, which Spark wraps in its own. */
    static @Nullable String messageOf(Throwable error) {
        Throwable cause = error;
        while (cause.getCause() != null
                && (cause instanceof ExecutionException || cause instanceof SparkException)) {
            cause = cause.getCause();
        }
        return cause.getMessage();
    }
}
