package org.djlsparse.spark;

import org.apache.spark.SparkException;
import org.apache.spark.api.java.JavaSparkContext;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;

/** Runs jobs, and words what has gone wrong. */
final class SparkJobs {

    private SparkJobs() {}

    /**
     * Runs a job.
     *
     * @throws IOException if it failed; the message is that of the task's last error, in a line
     */
    @SuppressWarnings("try") // the description is held, not used
    static <T> T run(JavaSparkContext spark, String description, Supplier<T> job)
            throws IOException {
        try (JobDescription jobs = JobDescription.of(spark, description)) {
            return job.get();
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
