package org.djlsparse.internal.training;

import ai.djl.metric.Dimension;
import ai.djl.metric.Metrics;
import ai.djl.metric.Unit;
import ai.djl.nn.Block;
import ai.djl.training.Trainer;
import ai.djl.training.listener.TrainingListenerAdapter;

import org.djlsparse.internal.nn.SparseBlock;
import org.djlsparse.internal.nn.StepFigures;
import org.djlsparse.training.LayerRefresh;
import org.djlsparse.training.MaskMetrics;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * A training listener that counts training batches, plans the refreshes of a {@link SparseBlock},
 * and adds the rule's term to the gradients. It records each refresh in the history and, if the
 * trainer has metrics, in those ({@link MaskMetrics}).
 *
 * <p>DJL notifies it after each batch's backward pass, before the optimizer's step. A training loop
 * that does not use {@code EasyTrain} must do the same: {@code trainer.notifyListeners(listener ->
 * listener.onTrainingBatch(trainer, batchData))}. For schedules that count epochs, it must also
 * call {@code listener.onEpoch(trainer)} at the end of each epoch.
 */
public final class SparseTrainingListener extends TrainingListenerAdapter {

    private static final Logger logger = LoggerFactory.getLogger(SparseTrainingListener.class);

    private static final String RULE_FIGURES = "mask-";

    private final Supplier<@Nullable SparseBlock> block;
    private final SchedulePosition position;
    private final RefreshHistory history;
    private final Consumer<Trainer> begun;
    private @Nullable Trainer trainer;
    private boolean warned; // that training continues without masks

    /**
     * Creates a listener.
     *
     * @param block supplies the wrapped block, or null if nothing is wrapped yet
     * @param position the position in the schedule, which may continue from an earlier trainer
     * @param history the history in which refreshes are recorded
     * @param begun receives the trainer when training begins
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
        StepFigures figures = sparse.endStep(position.getPoint().step());
        sparse.endBackward();
        figures.refreshed().forEach(history::add);
        Metrics metrics = trainer.getMetrics();
        if (metrics != null) {
            add(metrics, figures);
        }
        sparse.plan(position.nextStep());
    }

    /** Warns that the trainer continues with the plain block, which only this listener notices. */
    private void warnOnceOfUnwrapped() {
        if (!warned) {
            warned = true;
            logger.warn(
                    "the model was unwrapped, but its trainer continues without masks, so that"
                        + " pruned weights become nonzero again; call unwrap after the last step,"
                        + " or wrap the block with a new Sparsifier and create a new trainer");
        }
    }

    private static void add(Metrics metrics, StepFigures step) {
        metrics.addMetric(MaskMetrics.REFRESH, step.refreshNanos());
        metrics.addMetric(MaskMetrics.REFRESH_SHARE, step.getRefreshShare());
        for (LayerRefresh layer : step.refreshed()) {
            Dimension name = new Dimension(MaskMetrics.LAYER, layer.name());
            metrics.addMetric(MaskMetrics.FLIP_RATE, layer.flipRate(), Unit.NONE, name);
            metrics.addMetric(MaskMetrics.KEPT_MAGNITUDE, layer.keptMagnitude(), Unit.NONE, name);
            layer.figures()
                    .forEach(
                            (figure, value) ->
                                    metrics.addMetric(
                                            RULE_FIGURES + figure, value, Unit.NONE, name));
        }
    }

    @Override
    public void onEpoch(Trainer trainer) {
        // The next step is already planned but has not begun: plan it again for the new epoch.
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
                    "listener notified of "
                            + event
                            + " by a trainer for which it was not configured; call newListener()"
                            + " for each trainer");
        }
        return sparse;
    }
}
