package org.djlsparse.spark;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;

import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.djlsparse.internal.convert.CallObserver;
import org.djlsparse.internal.convert.FittedLayer;
import org.djlsparse.internal.convert.LayerGroup;
import org.djlsparse.internal.convert.PartCalls;
import org.djlsparse.internal.convert.SampleCluster;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/** Calibration samples that the tasks of Spark read, and the jobs that work on them. */
final class SparkSamples implements SampleCluster, AutoCloseable {

    private static final String DESCRIPTION = "spark.job.description";

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
    public List<PartCalls> observe(CallObserver observer) {
        TaskInputs sent = inputs;
        int tasks = sent.getTasks();
        JavaRDD<Outcome<PartCalls>> calls =
                spark.parallelize(IntStream.range(0, tasks).boxed().toList(), tasks)
                        .map(task -> Outcome.of(() -> observe(sent, observer, task)));
        String layers = observer.size() == 1 ? " layer" : " layers";
        List<Outcome<PartCalls>> outcomes =
                run("calls of " + observer.size() + layers, calls::collect);
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
    public List<FittedLayer> fit(LayerGroup group) {
        Map<Integer, Outcome<FittedLayer>> outcomes =
                run(
                        "sums of " + group.getName(),
                        () -> new GroupJob(inputs, group).newJob(spark).collectAsMap());
        return IntStream.range(0, group.size())
                .mapToObj(layer -> Objects.requireNonNull(outcomes.get(layer)).get(""))
                .toList();
    }

    /** Runs a job with a description for Spark's web page. */
    private <T> T run(String what, Supplier<T> job) {
        String before = spark.getLocalProperty(DESCRIPTION);
        spark.setJobDescription("AdaPrune: " + what);
        try {
            return job.get();
        } catch (Exception e) { // Spark's own is checked, and not declared
            Throwable cause = e;
            while (cause.getCause() != null) {
                cause = cause.getCause();
            }
            throw new IllegalStateException(
                    "AdaPrune on Spark, " + what + ": " + cause.getMessage(), e);
        } finally {
            spark.setLocalProperty(DESCRIPTION, before);
        }
    }

    @Override
    public void close() {
        manager.close();
        inputs.destroy();
    }
}
