package org.djlsparse.spark;

import org.apache.spark.api.java.JavaSparkContext;
import org.jspecify.annotations.Nullable;

/** The description of jobs on Spark's web page, until it is closed. For one thread. */
final class JobDescription implements AutoCloseable {

    private static final String PROPERTY = "spark.job.description";

    private final JavaSparkContext spark;
    private final @Nullable String before;

    private JobDescription(JavaSparkContext spark) {
        this.spark = spark;
        before = spark.getLocalProperty(PROPERTY);
    }

    /** Describes the jobs of this thread from now on. */
    static JobDescription of(JavaSparkContext spark, String description) {
        JobDescription jobs = new JobDescription(spark);
        jobs.set(description);
        return jobs;
    }

    /** Describes the next jobs. */
    void set(String description) {
        spark.setLocalProperty(PROPERTY, description);
    }

    @Override
    public void close() {
        spark.setLocalProperty(PROPERTY, before);
    }
}
