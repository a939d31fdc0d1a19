package org.djlsparse.spark;

import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerJobEnd;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.scheduler.SparkListenerTaskStart;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;

import scala.jdk.javaapi.CollectionConverters;

/**
 * Counts the running tasks of this thread's jobs. Spark reports the failure of a job when its first
 * task has failed for good, while others still run and write.
 */
final class RunningTasks extends SparkListener implements AutoCloseable {

    private static final String PROPERTY = "djlsparse.job";

    private final JavaSparkContext spark;
    private final String id = UUID.randomUUID().toString();

    // Written by Spark's bus of events.
    private final Set<Object> jobs = new HashSet<>();
    private final Set<Object> stages = new HashSet<>();
    private int running;

    private RunningTasks(JavaSparkContext spark) {
        this.spark = spark;
    }

    /** Counts the tasks of the jobs that this thread runs from now on. */
    static RunningTasks of(JavaSparkContext spark) {
        RunningTasks tasks = new RunningTasks(spark);
        spark.sc().addSparkListener(tasks);
        spark.setLocalProperty(PROPERTY, tasks.id);
        return tasks;
    }

    /**
     * Waits until all of them have ended.
     *
     * @param limit how long at most
     * @return the number of those that still run
     */
    synchronized int await(Duration limit) throws InterruptedException {
        SparkContext context = spark.sc();
        long end = System.nanoTime() + limit.toNanos();
        while ((running > 0 || !jobs.isEmpty()) && !context.isStopped()) {
            long left = (end - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                break;
            }
            wait(Math.min(left, 100)); // a context that stops does not notify
        }
        return running;
    }

    @Override
    public synchronized void onJobStart(SparkListenerJobStart event) {
        if (id.equals(event.properties().getProperty(PROPERTY))) {
            jobs.add(event.jobId());
            stages.addAll(CollectionConverters.asJava(event.stageIds()));
        }
    }

    @Override
    public synchronized void onTaskStart(SparkListenerTaskStart event) {
        if (stages.contains(event.stageId())) {
            running++;
        }
    }

    @Override
    public synchronized void onTaskEnd(SparkListenerTaskEnd event) {
        if (stages.contains(event.stageId())) {
            running--;
            notifyAll();
        }
    }

    @Override
    public synchronized void onJobEnd(SparkListenerJobEnd event) {
        jobs.remove(event.jobId());
        notifyAll();
    }

    @Override
    public void close() {
        spark.setLocalProperty(PROPERTY, null);
        spark.sc().removeSparkListener(this);
    }
}
