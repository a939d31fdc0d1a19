package org.djlsparse.spark;

import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.PairFunction;
import org.apache.spark.broadcast.Broadcast;

import java.util.List;

import scala.Tuple2;

/**
 * A Spark task: trains one share of a round. Its result depends on nothing but the round's inputs,
 * so that Spark may repeat it or run it twice.
 */
final class RoundTask implements PairFunction<Integer, Integer, RoundSum> {

    private static final long serialVersionUID = 1;

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
    public Tuple2<Integer, RoundSum> call(Integer number) throws Exception {
        return new Tuple2<>(number / RoundSum.groupSize(round.tasks()), train(number));
    }

    @SuppressWarnings("try") // the turn is held, not used
    private RoundSum train(int number) throws Exception {
        LibraryVersion.check(version);
        TrainingTask task =
                new TrainingTask(
                        round.round(),
                        round.firstStep(),
                        round.steps(),
                        number,
                        round.tasks(),
                        round.seed());
        try (EngineTurn turn = EngineTurn.await()) {
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
            return RoundSum.of(task.tasks(), figures, result);
        } catch (TaskTraining.FailedException e) {
            return RoundSum.failed(task.tasks(), e.toFailure(number));
        }
    }
}
