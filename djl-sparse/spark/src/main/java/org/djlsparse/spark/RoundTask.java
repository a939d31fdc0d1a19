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

    private static final float[][] NOTHING = {};

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
        TrainingTask task =
                new TrainingTask(
                        round.round(),
                        round.firstStep(),
                        round.steps(),
                        number,
                        round.tasks(),
                        round.seed());
        // Interruptibly, because Spark interrupts a task that another attempt has overtaken.
        ONE_AT_A_TIME.lockInterruptibly();
        try {
            boolean hasPruned = keptOnly && number == 0;
            float[][] rest = hasPruned ? pruned.value() : NOTHING;
            SplitState input = new SplitState(common.value(), rest);
            long start = System.nanoTime();
            TaskTraining training = new TaskTraining(recipe, task, TaskContext.get());
            RoundState trained = training.run(input.join());
            SplitState split = keptOnly ? SplitState.of(trained) : SplitState.whole(trained);
            // The driver has the masks, and needs the pruned entries only once.
            SplitState result =
                    new SplitState(
                            split.common().withMasks(List.of()),
                            hasPruned ? split.pruned() : NOTHING);
            TaskFigures figures =
                    new TaskFigures(
                            number,
                            training.getLoss(),
                            training.getExamples(),
                            (System.nanoTime() - start) / 1e9,
                            result.common().getByteCount() + result.getPrunedByteCount(),
                            trained.withMasks(List.of()).getByteCount());
            return TreeSum.of(task.tasks(), figures, result);
        } catch (TaskTraining.FailedException e) {
            return TreeSum.failed(task.tasks(), e.toFailure(number));
        } finally {
            ONE_AT_A_TIME.unlock();
        }
    }
}
