package org.djlsparse.spark;

import ai.djl.TrainingDivergedException;
import ai.djl.training.optimizer.Optimizer;

import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.djlsparse.Sparsifier;
import org.djlsparse.layer.LayerPolicy;
import org.djlsparse.training.GradientFlow;
import org.djlsparse.training.GradientRule;
import org.djlsparse.training.LayerRefresh;
import org.djlsparse.training.MaskSchedule;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/** The rounds of a training, on the driver. */
final class RoundLoop {

    private static final Logger logger = LoggerFactory.getLogger(RoundLoop.class);

    private final SparkTraining training;
    private final JavaSparkContext spark;
    private final List<RoundReport> reports = new ArrayList<>();
    private final Map<String, FloatTensor> velocities = new LinkedHashMap<>();
    private String current = ""; // the round, for errors

    RoundLoop(SparkTraining training, JavaSparkContext spark) {
        this.training = training;
        this.spark = spark;
    }

    TrainingResult run() throws IOException {
        TaskRecipe recipe = training.getRecipe();
        TrainedModel model = null;
        try (JobDescription jobs = JobDescription.of(spark, "training")) {
            Sparsifier sparsifier = recipe.sparsifier.newBuilder().build();
            model = TrainedModel.create(recipe.model, sparsifier, (int) training.getSeed());
            model.readState();
            run(model, jobs);
            model.setState(model.getState(), true);
            return new TrainingResult(model, reports);
        } catch (IOException | RuntimeException | Error e) {
            close(model);
            throw e;
        } catch (Exception e) {
            close(model);
            // The first line of Spark's message tells the last error of the task, the rest its
            // stack trace.
            throw new IllegalStateException(
                    current + String.valueOf(e.getMessage()).lines().findFirst().orElse(""), e);
        }
    }

    private static void close(@Nullable TrainedModel model) {
        if (model != null) {
            model.close();
        }
    }

    private void run(TrainedModel model, JobDescription jobs) throws Exception {
        RoundCheckpoints checkpoints = null;
        int first = 0;
        String folder = training.getCheckpoints();
        if (folder != null) {
            checkpoints = new RoundCheckpoints(folder, spark.hadoopConfiguration());
            RoundCheckpoints.Resumed resumed = checkpoints.readLatest(model);
            if (resumed != null) {
                first = resumed.rounds();
                // With the optimizer's state, which is so checked.
                model.setState(resumed.state(), true);
                resumed.velocities().forEach(v -> velocities.put(v.getName(), v));
                logger.info("resumes after {} rounds from {}", first, folder);
            }
        }
        for (int round = first; round < training.getRounds(); round++) {
            current = "round " + (round + 1) + " of " + training.getRounds() + ": ";
            jobs.set(current + "train");
            RoundReport report = round(model, round);
            reports.add(report);
            int done = round + 1;
            if (checkpoints != null
                    && (done % training.getEveryRounds() == 0 || done == training.getRounds())) {
                checkpoints.write(done, model, List.copyOf(velocities.values()));
            }
            training.getListener().onRound(report, model.getTrainer());
        }
    }

    private RoundReport round(TrainedModel model, int round) throws IOException {
        long begin = System.nanoTime();
        MaskSchedule schedule = model.getSparsifier().getSchedule();
        long step = model.getState().getStep();
        RoundPlan plan = RoundPlan.of(schedule, step, training.getLocalSteps());
        boolean refresh = plan.refresh() || (plan.masked() && !model.getState().hasMasks());
        List<LayerRefresh> refreshed = List.of();
        long refreshNanos = 0;
        if (refresh || (plan.watch() && !plan.masked())) {
            long start = System.nanoTime();
            refreshed = model.refresh(refresh);
            refreshNanos = System.nanoTime() - start;
        }
        RoundState state = model.getState();
        boolean keptOnly = !plan.dense() && mayLeaveOutPruned(model);
        SplitState input = keptOnly ? SplitState.of(state) : SplitState.whole(state);
        RoundSum sum = runTasks(input, keptOnly, round, step);
        TaskFailure failure = sum.getFailure();
        if (failure != null) {
            String message = "round " + round + ", task " + failure.task + ": " + failure.message;
            throw failure.diverged
                    ? new TrainingDivergedException(message)
                    : new IllegalStateException(message);
        }
        RoundState average = sum.average(state.getMasks());
        model.setState(moveOuter(state, average, model.getTrainable()), false);
        List<TaskFigures> figures = sum.getFigures();
        long sent = input.common().getByteCount() * figures.size() + input.getPrunedByteCount();
        return new RoundReport(
                round,
                average.getStep(),
                figures.stream().mapToLong(f -> f.examples).sum(),
                figures.stream().map(f -> f.loss).toList(),
                (System.nanoTime() - begin) / 1e9,
                figures.stream().mapToDouble(f -> f.seconds).max().orElse(0),
                refreshNanos / 1e9,
                sent,
                figures.stream().mapToLong(f -> f.returnedBytes).sum(),
                state.getByteCount() * figures.size()
                        + figures.stream().mapToLong(f -> f.allBytes).sum(),
                refreshed);
    }

    private RoundSum runTasks(SplitState input, boolean keptOnly, int round, long step) {
        int tasks = training.getTasks();
        Broadcast<RoundState> common = spark.broadcast(input.common());
        Broadcast<float[][]> pruned = spark.broadcast(input.pruned());
        try {
            TrainingTask first =
                    new TrainingTask(
                            round, step, training.getLocalSteps(), 0, tasks, training.getSeed());
            List<Integer> numbers = IntStream.range(0, tasks).boxed().toList();
            return add(
                    spark.parallelize(numbers, tasks)
                            .mapToPair(
                                    new RoundTask(
                                            training.getRecipe(), first, keptOnly, common, pruned)),
                    tasks);
        } finally {
            common.destroy();
            pruned.destroy();
        }
    }

    /**
     * Runs the tasks and adds their results. {@code treeReduce} would do the same with other
     * groups, but leave its shuffle's files on the executors, a state for each task and round,
     * until the driver's garbage collector finds out.
     */
    private static RoundSum add(JavaPairRDD<Integer, RoundSum> results, int tasks) {
        int size = RoundSum.groupSize(tasks);
        if (size == 1) {
            return results.values().reduce(RoundSum::merge);
        }
        JavaPairRDD<Integer, RoundSum> groups =
                results.reduceByKey(RoundSum::merge, (tasks + size - 1) / size);
        try {
            return groups.values().reduce(RoundSum::merge);
        } finally {
            groups.rdd().cleanShuffleDependencies(false);
        }
    }

    /** Returns whether pruned entries evolve the same in all tasks, whatever their data. */
    private boolean mayLeaveOutPruned(TrainedModel model) {
        Sparsifier sparsifier = model.getSparsifier();
        return training.getExchange() == Exchange.AUTO
                && training.getTasks() > 1
                && isOfDjl(model.getOptimizer())
                && hasNoPrunedGradient(sparsifier.getRule())
                && sparsifier.getPolicy().getEntries().stream()
                        .map(LayerPolicy.Entry::rule)
                        .allMatch(rule -> rule == null || hasNoPrunedGradient(rule));
    }

    private static boolean hasNoPrunedGradient(GradientRule rule) {
        return rule.getFlow() == GradientFlow.MASKED && rule.newTerm() == null;
    }

    /** DJL's optimizers treat each entry on its own; others may use norms of whole tensors. */
    private static boolean isOfDjl(Optimizer optimizer) {
        return optimizer.getClass().getPackage().equals(Optimizer.class.getPackage());
    }

    /** Moves the trainable weights on from the average, if the outer optimizer does. */
    private RoundState moveOuter(RoundState start, RoundState average, Set<String> trainable) {
        if (training.getOuter().isAverage()) {
            return average;
        }
        List<FloatTensor> moved = new ArrayList<>();
        for (int i = 0; i < average.getWeights().size(); i++) {
            FloatTensor weight = average.getWeights().get(i);
            String name = weight.getName();
            if (trainable.contains(name)) {
                float[] next = weight.getValues().clone();
                float[] before = start.getWeights().get(i).getValues();
                FloatTensor old = velocities.get(name);
                float[] velocity = old == null ? new float[next.length] : old.getValues().clone();
                training.getOuter().step(before, next, velocity);
                velocities.put(name, weight.withValues(velocity));
                moved.add(weight.withValues(next));
            } else {
                moved.add(weight);
            }
        }
        moved.addAll(average.getOptimizer());
        return average.withTensors(moved);
    }
}
