package org.djlsparse.training;

import ai.djl.metric.Metrics;
import ai.djl.nn.Block;
import ai.djl.training.Trainer;
import ai.djl.training.listener.TrainingListenerAdapter;

import org.djlsparse.nn.RefreshFigures;
import org.djlsparse.nn.SparseBlock;
import org.djlsparse.nn.StepFigures;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Counts training batches, tells the {@link SparseBlock} when to refresh its masks, and has the
 * rule's term added to the gradients. Notes each refresh in the history, and in the trainer's
 * metrics, if it has any ({@link MaskMetrics}).
 *
 * <p>DJL calls it after each batch's backward pass, before the optimizer's step. A loop that does
 * not use {@code EasyTrain} must do the same: {@code trainer.notifyListeners(listener ->
 * listener.onTrainingBatch(trainer, batchData))}; and {@code listener.onEpoch(trainer)} at the end
 * of each epoch, for schedules that go by epochs.
 */
public final class SparseTrainingListener extends TrainingListenerAdapter {

    private static final Logger logger = LoggerFactory.getLogger(SparseTrainingListener.class);

    private final Supplier<@Nullable SparseBlock> block;
    private final SchedulePosition position;
    private final RefreshHistory history;
    private final Consumer<Trainer> begun;
    private @Nullable Trainer trainer;
    private boolean warned; // of training without the masks

    /**
     * Creates a listener for a block that was wrapped by hand, without a {@code Sparsifier}.
     *
     * @param block the wrapped block, which the trainer's model is or holds
     * @param schedule when to refresh its masks
     */
    public SparseTrainingListener(SparseBlock block, MaskSchedule schedule) {
        this(() -> block, new SchedulePosition(schedule), new RefreshHistory(0), begun -> {});
    }

    /**
     * Creates a listener.
     *
     * @param block gives the wrapped block, or null as long as there is none
     * @param position the schedule, and where training stands in it; may go on from an earlier
     *     trainer
     * @param history where refreshes are noted
     * @param begun is told of the trainer when training begins
     */
    public SparseTrainingListener(
            Supplier<@Nullable SparseBlock> block,
            SchedulePosition position,
            RefreshHistory history,
            Consumer<Trainer> begun) {
        this.block = block;
        this.position = position;
        this.history = history;
        this.begun = begun;
    }

    @Override
    public void onTrainingBegin(Trainer trainer) {
        SparseBlock sparse = block.get();
        Block root = trainer.getModel().getBlock();
        if (sparse == null || SparseBlock.find(root, found -> found == sparse) == null) {
            throw new IllegalStateException(
                    "listener without its wrapped block: call"
                            + " model.setBlock(sparsifier.wrap(block)) with the same Sparsifier"
                            + " before model.newTrainer(config); the model's block is "
                            + root.getClass().getSimpleName());
        }
        trainer.notifyListeners(
                listener -> {
                    if (listener instanceof SparseTrainingListener other
                            && other != this
                            && other.position == position) {
                        throw new IllegalStateException(
                                "two listeners of one Sparsifier in one trainer: steps would count"
                                        + " twice; call newListener() once for each config");
                    }
                });
        this.trainer = trainer;
        begun.accept(trainer);
        sparse.beginSteps();
        sparse.plan(position.getAction());
    }

    @Override
    public void onTrainingBatch(Trainer trainer, BatchData batchData) {
        SparseBlock sparse = blockOf(trainer, "a batch");
        if (sparse.isUnwrapped()) {
            warnOnceOfUnwrapped();
            return;
        }
        StepFigures figures = sparse.endStep();
        sparse.endBackward();
        keep(figures, position.getPoint().step());
        Metrics metrics = trainer.getMetrics();
        if (metrics != null) {
            MaskMetrics.add(metrics, figures);
        }
        sparse.plan(position.nextStep());
    }

    /** The trainer goes on with the plain block, which nobody but this listener can notice. */
    private void warnOnceOfUnwrapped() {
        if (!warned) {
            warned = true;
            logger.warn(
                    "the model was unwrapped, and its trainer trains on without masks: the zeros"
                        + " that unwrap wrote fill up; call unwrap after the last step, or wrap the"
                        + " block with a new Sparsifier and make a new trainer");
        }
    }

    private void keep(StepFigures figures, long step) {
        for (RefreshFigures layer : figures.refreshed()) {
            history.add(
                    new LayerRefresh(
                            step,
                            layer.name(),
                            layer.flipRate(),
                            layer.keptMagnitude(),
                            layer.nanos() / 1e9,
                            layer.figures()));
        }
    }

    @Override
    public void onEpoch(Trainer trainer) {
        // Told at an epoch's end, when the next step is planned but not begun: plan it anew.
        blockOf(trainer, "an epoch").plan(position.nextEpoch());
    }

    @Override
    public void onTrainingEnd(Trainer trainer) {
        SparseBlock sparse = block.get();
        if (sparse != null && trainer == this.trainer) {
            sparse.endSteps();
        }
    }

    private SparseBlock blockOf(Trainer trainer, String event) {
        SparseBlock sparse = block.get();
        if (sparse == null || trainer != this.trainer) {
            throw new IllegalStateException(
                    "listener told of "
                            + event
                            + " by a trainer that it was not configured for; call newListener()"
                            + " for each trainer");
        }
        return sparse;
    }
}
