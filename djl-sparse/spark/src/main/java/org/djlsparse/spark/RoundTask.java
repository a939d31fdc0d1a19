package org.djlsparse.spark;

import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.PairFunction;
import org.apache.spark.broadcast.Broadcast;

import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

import scala.Tuple2;

/**
 * A Spark task: trains one share of a round. Its result depends on nothing but the round's inputs,
 * so that Spark may repeat it or run it twice.
 */
final class RoundTask implements PairFunction<Integer, Integer, TreeSum> {

    private static final long serialVersionUID = 1;

    /** PyTorch's random numbers and its number of threads belong to the process. */
    private static final ReentrantLock ONE_AT_A_TIME = new ReentrantLock();

    private final String version;
    private final TaskRecipe recipe;
    private final TrainingTask round; // of task 0
    private final boolean keptOnly;
    private final Broadcast<RoundState> common;
    private final Broadcast<float[][]> pruned;

    RoundTask(
            TaskRecipe recipe,
            TrainingTask round,
            boolean keptOnly,
            Broadcast<RoundState> common,
            Broadcast<float[][]> pruned) {
        version = LibraryVersion.get();
        this.recipe = recipe;
        this.round = round;
        this.keptOnly = keptOnly;
        this.common = common;
        this.pruned = pruned;
    }

    /** Returns the number of the task's group, and its result. */
    @Override
    public Tuple2<Integer, TreeSum> call(Integer number) throws Exception {
        return new Tuple2<>(number / TreeSum.groupSize(round.tasks()), train(number));
    }

    private TreeSum train(int number) throws Exception {
        LibraryVersion.check(version, SparkEnv.get().blockManager().blockManagerId().host());
        TaskContext context = TaskContext.get();
        TrainingTask task = TaskRecipe.withNumber(round, number);
        // Interruptibly, because Spark interrupts a task that another attempt has overtaken.
        ONE_AT_A_TIME.lockInterruptibly();
        try {
            long start = System.nanoTime();
            SplitState input =
                    new SplitState(
                            common.value(),
                            keptOnly && number == 0 ? pruned.value() : new float[0][]);
            TaskTraining training = new TaskTraining(recipe, task, context);
            RoundState trained = training.run(input.join());
            RoundState bare = trained.withMasks(List.of());
            SplitState split = keptOnly ? SplitState.of(trained) : SplitState.whole(trained);
            SplitState result =
                    new SplitState(
                            split.common().withMasks(List.of()),
                            number == 0 ? split.pruned() : new float[0][]);
            TaskFigures figures =
                    new TaskFigures(
                            number,
                            training.getLoss(),
                            training.getExamples(),
                            (System.nanoTime() - start) / 1e9,
                            result.common().getByteCount() + result.getPrunedByteCount(),
                            bare.getByteCount());
            return TreeSum.of(task.tasks(), figures, result);
        } catch (TaskTraining.FailedException e) {
            return TreeSum.failed(task.tasks(), e.toFailure(number));
        } finally {
            ONE_AT_A_TIME.unlock();
        }
    }
}
