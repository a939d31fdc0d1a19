package org.djlsparse.spark;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;

import org.apache.spark.api.java.JavaFutureAction;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.djlsparse.internal.convert.CallObserver;
import org.djlsparse.internal.convert.FittedLayer;
import org.djlsparse.internal.convert.LayerGroup;
import org.djlsparse.internal.convert.PartCalls;
import org.djlsparse.internal.convert.SampleCluster;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;

import scala.Tuple2;

/** Calibration samples that the tasks of Spark read, and the jobs that work on them. */
final class SparkSamples implements SampleCluster, AutoCloseable {

    private static final long POLL_MILLIS = 200;

    private final JavaSparkContext spark;
    private final TaskInputs inputs;
    private final NDManager manager = NDManager.newBaseManager();

    SparkSamples(
            JavaSparkContext spark,
            BlockFactory model,
            SampleFactory samples,
            int tasks,
            ModelValues values) {
        this.spark = spark;
        inputs = new TaskInputs(model, samples, spark.broadcast(values), tasks);
    }

    @Override
    public int getParts() {
        return inputs.getTasks();
    }

    @Override
    public Iterable<NDList> getPart(int part) {
        return inputs.getSamples(manager, part);
    }

    @Override
    public List<PartCalls> observe(CallObserver observer, Runnable checkCancelled) {
        TaskInputs sent = inputs;
        int tasks = sent.getTasks();
        JavaRDD<Outcome<PartCalls>> calls =
                spark.parallelize(IntStream.range(0, tasks).boxed().toList(), tasks)
                        .map(task -> Outcome.of(() -> observe(sent, observer, task)));
        String layers = observer.size() == 1 ? " layer" : " layers";
        List<Outcome<PartCalls>> outcomes =
                run("calls of " + observer.size() + layers, calls, checkCancelled);
        return IntStream.range(0, tasks)
                .mapToObj(i -> outcomes.get(i).get("task " + (i + 1) + " of " + tasks + ": "))
                .toList();
    }

    private static PartCalls observe(TaskInputs inputs, CallObserver observer, int task) {
        try (ModelCopy copy = inputs.openModel()) {
            return observer.observe(
                    task,
                    inputs.getTasks(),
                    copy.getBlock(),
                    inputs.getSamples(copy.getManager(), task));
        }
    }

    @Override
    public List<FittedLayer> fit(LayerGroup group, Runnable checkCancelled) {
        JavaRDD<Tuple2<Integer, Outcome<FittedLayer>>> job =
                new GroupJob(inputs, group).newJob(spark);
        List<Tuple2<Integer, Outcome<FittedLayer>>> fits =
                new ArrayList<>(run("sums of " + group.getName(), job, checkCancelled));
        fits.sort(Comparator.comparing(Tuple2::_1));
        return fits.stream().map(fit -> fit._2.get("")).toList();
    }

    /** Runs a job, with a description for Spark's web page. */
    @SuppressWarnings("try") // the description is held, not used
    private <T> List<T> run(String what, JavaRDD<T> results, Runnable checkCancelled) {
        try (JobDescription jobs = JobDescription.of(spark, "AdaPrune: " + what)) {
            return await(results.collectAsync(), checkCancelled);
        } catch (ExecutionException e) {
            throw new IllegalStateException(
                    "AdaPrune on Spark, " + what + ": " + SparkJobs.messageOf(e), e);
        }
    }

    /** Waits for a job, and ends it if the conversion is cancelled. */
    private static <T> T await(JavaFutureAction<T> job, Runnable checkCancelled)
            throws ExecutionException {
        try {
            while (true) {
                checkCancelled.run();
                try {
                    return job.get(POLL_MILLIS, TimeUnit.MILLISECONDS);
                } catch (TimeoutException e) {
                    // still running
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("the thread was interrupted during a job", e);
        } finally {
            job.cancel(true); // no effect on a job that has ended
        }
    }

    @Override
    public void close() {
        manager.close();
        inputs.destroy();
    }
}
