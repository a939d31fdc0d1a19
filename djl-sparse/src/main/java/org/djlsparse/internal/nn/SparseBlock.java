package org.djlsparse.internal.nn;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.SymbolBlock;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;

import org.djlsparse.layer.LayerSparsity;
import org.djlsparse.training.BackgroundRefresh;
import org.djlsparse.training.LayerRefresh;
import org.djlsparse.training.MaskAction;
import org.jspecify.annotations.Nullable;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * A wrapper around any DJL block that gives the chosen layers masked weights in the forward pass.
 *
 * <p>Each DJL block reads its weights from the {@link ParameterStore} that is passed to it. This
 * block passes on its own store, which returns {@code w * mask} if a layer has a mask. The
 * parameters stay dense. Names, initialization, saving and loading are those of the wrapped block,
 * so each can read a file that the other has written.
 *
 * <p>Masks are made when they are first needed, from the weights at that time, and refreshed as
 * {@link #plan(MaskAction)} requests. A refresh happens at the start of a training forward pass,
 * because DJL has no hook after the optimizer's step. It replaces all masks or, if a weight is not
 * finite, none. All devices use the same masks.
 *
 * <p>When masks end during training ({@link MaskAction#DENSE}), their zeros are written into the
 * weights, so that dense training continues from the masked model. The pruned weights may be out of
 * date, and would change the model abruptly.
 *
 * <p>A module of the engine, such as an imported TorchScript module, holds its weights itself and
 * reads them without the store. Its weights are masked in place: pruned weights are taken out
 * before a forward pass, and put back before the optimizer's step ({@link #endBackward}) and before
 * the model is saved. If {@link #endBackward} is not called, the optimizer's step works on the
 * masked weights, and its changes to pruned weights are undone.
 *
 * <p>A masked weight lives as long as the inputs of its forward pass. Each device holds one mask
 * value per masked weight, of the weight's data type.
 *
 * <p>Several threads may evaluate at the same time, and so may the devices of one training step.
 * Training, loading, restoring, unwrapping and clearing replace masks, and must not overlap with an
 * evaluation.
 */
public final class SparseBlock extends DelegatingBlock {

    /** The number of bytes to hold for a step whose end no listener announces. */
    private static final long LIMIT_WITHOUT_LISTENER = 64 << 20;

    private final ResolvedPolicy policy;
    private final StepMemory memory = new StepMemory();

    private final Object lock = new Object();
    // All fields below are guarded by lock.
    private final LayerMasks masks;
    private final ListenerWatch watch = new ListenerWatch();
    private MaskAction planned; // for the next training forward pass
    private boolean dense; // whether the last one ran without masks
    private @Nullable Set<Device> leaving; // devices where this step wrote the ended masks' zeros
    private @Nullable TrainingPass lastPass; // its gradients lack their terms
    private boolean unwrapped;

    /** The store and the device of a training forward pass. */
    private record TrainingPass(ParameterStore store, Device device) {}

    /**
     * Wraps a block.
     *
     * @param block the block; initialized or not
     * @param policy the masks of each layer
     * @param first the action from the first forward pass on
     * @param background how to refresh in the background; null to refresh within a step
     * @throws IllegalArgumentException if the block is already wrapped or is a module of the engine
     *     that shows no parameters, or if a named layer does not exist or cannot carry the pattern
     */
    public SparseBlock(
            Block block,
            ResolvedPolicy policy,
            MaskAction first,
            @Nullable BackgroundRefresh background) {
        super(block);
        if (find(block, ignored -> true) != null) {
            throw new IllegalArgumentException(
                    "block "
                            + block.getClass().getSimpleName()
                            + ": is or contains a SparseBlock; wrap the plain block, or unwrap it"
                            + " first");
        }
        if (block instanceof SymbolBlock && block.getDirectParameters().isEmpty()) {
            throw new IllegalArgumentException(
                    "block "
                            + block.getClass().getSimpleName()
                            + ": is an engine module without visible parameters; load it with"
                            + " the option trainParam=true");
        }
        this.policy = policy;
        planned = first;
        dense = isDense(first);
        masks = new LayerMasks(block, policy, background);
    }

    /**
     * Finds a SparseBlock in a tree of blocks.
     *
     * @param root the block to start from
     * @param predicate the condition that it must meet
     * @return the first match, or null if there is none
     */
    public static @Nullable SparseBlock find(Block root, Predicate<SparseBlock> predicate) {
        if (root instanceof SparseBlock sparse && predicate.test(sparse)) {
            return sparse;
        }
        for (Block child : root.getChildren().values()) {
            SparseBlock found = find(child, predicate);
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    /**
     * Plans the action from the next training forward pass on. Until then, evaluation continues as
     * before.
     *
     * @param action the action, which replaces the one planned before
     */
    public void plan(MaskAction action) {
        synchronized (lock) {
            planned = action;
        }
    }

    /**
     * Makes new masks at once, between two training steps. Whether the model runs dense does not
     * change.
     *
     * @param step the number of training steps so far, for the records
     * @return the records of the refresh, one for each layer
     * @throws IllegalStateException if the block is not initialized or was unwrapped, or a weight
     *     is not finite; the masks have not changed then
     */
    public List<LayerRefresh> refresh(long step) {
        synchronized (lock) {
            checkReady();
            return masks.refreshNow(step, false);
        }
    }

    /**
     * Makes masks that serve only to count flips, between two training steps of a dense warm-up.
     * Does nothing if no rule counts them.
     *
     * @param step the number of training steps so far, for the records
     * @return the records of the masks, one for each layer
     * @throws IllegalStateException if the block is not initialized, was unwrapped or does not run
     *     dense, or a weight is not finite
     */
    public List<LayerRefresh> watch(long step) {
        synchronized (lock) {
            checkReady();
            if (!dense) {
                throw new IllegalStateException(
                        "watch: must be called while the model runs dense, in a warm-up");
            }
            return policy.watchesDense() ? masks.refreshNow(step, true) : List.of();
        }
    }

    /** Announces that {@link #endStep} will be called after each training step from now on. */
    public void beginSteps() {
        synchronized (lock) {
            watch.noteListener();
        }
    }

    /**
     * Prepares the gradients and the weights for the optimizer. Call it once, after the backward
     * pass and before the optimizer's step. It adds the terms of the layers' rules to the gradients
     * of the last training forward pass, and makes weights that were masked in place dense again.
     * It does nothing if the model runs dense or if it was called before.
     *
     * <p>With several devices, the terms are added on one of them, because DJL sums the gradients.
     */
    public void endBackward() {
        synchronized (lock) {
            TrainingPass pass = lastPass;
            lastPass = null;
            if (pass == null || dense) {
                return;
            }
            masks.maskGradients();
            masks.putBack();
            for (MaskedLayer layer : masks.getLayers().values()) {
                if (layer.getTerm() != null) {
                    layer.addTerm(pass.store().getValue(layer.getParameter(), pass.device(), true));
                }
            }
        }
    }

    /**
     * Ends a training step.
     *
     * @param step the step's number, from 0 on
     * @return the figures of the step, with the refresh since the previous step ended
     */
    public StepFigures endStep(long step) {
        synchronized (lock) {
            watch.noteListener();
            leaving = null;
            memory.release();
            return masks.endStep(step);
        }
    }

    /**
     * Announces that no training step follows for now. The last one may have begun but not ended.
     */
    public void endSteps() {
        memory.release();
    }

    /**
     * Returns the current masks, including those that a dense warm-up only watches.
     *
     * @return the state
     * @throws IllegalStateException if the block is not initialized, or was unwrapped
     */
    public MaskState getState() {
        synchronized (lock) {
            checkReady();
            return masks.getState(dense);
        }
    }

    /**
     * Replaces the current masks by those of an earlier run.
     *
     * @param state the state of a block of the same layers and pattern
     * @throws IllegalArgumentException if a layer or the pattern differs; nothing changes then
     * @throws IllegalStateException if the block is not initialized, or was unwrapped
     */
    public void restore(MaskState state) {
        synchronized (lock) {
            checkReady();
            masks.restore(state);
            dense = state.dense();
        }
    }

    private void checkReady() {
        checkWrapped("refresh, save or load before unwrap");
        if (!isInitialized()) {
            throw new IllegalStateException(
                    "the model is not initialized: load or initialize it first");
        }
    }

    private void checkWrapped(String instead) {
        if (unwrapped) {
            throw new IllegalStateException(
                    "this SparseBlock was unwrapped: its masks are gone; " + instead);
        }
    }

    /**
     * Checks that a block is initialized and has no masks.
     *
     * @param block the block
     * @throws IllegalArgumentException if it is not initialized, or is or contains a SparseBlock
     */
    public static void checkPlain(Block block) {
        String name = "block " + block.getClass().getSimpleName();
        // A module of the engine reports that it is not, although its parameters are.
        if (!block.getParameters().values().stream().allMatch(Parameter::isInitialized)) {
            throw new IllegalArgumentException(
                    name + ": must be initialized; load the model, or train it, first");
        }
        if (find(block, ignored -> true) != null) {
            throw new IllegalArgumentException(
                    name + ": must not be or contain a SparseBlock; unwrap it first");
        }
    }

    /**
     * Returns warnings about likely mistakes: regular expressions that match no parameter, frozen
     * weights, and training without a listener.
     *
     * @return the warnings, in words; those about expressions were logged when the block was
     *     wrapped, and the one about the listener is logged after many training forward passes
     */
    public List<String> getWarnings() {
        synchronized (lock) {
            List<String> warnings = new ArrayList<>(masks.getWarnings());
            String warning = watch.getWarning();
            if (warning != null) {
                warnings.add(warning);
            }
            return warnings;
        }
    }

    /**
     * Returns the number of refreshes.
     *
     * @return the number, including the first masks
     */
    public long getRefreshCount() {
        synchronized (lock) {
            return masks.getRefreshCount();
        }
    }

    /**
     * Returns the total time of all refreshes.
     *
     * @return the time in nanoseconds
     */
    public long getRefreshNanos() {
        synchronized (lock) {
            return masks.getRefreshNanos();
        }
    }

    /**
     * Lists all parameters of the wrapped block, each with its mask or with the reason why it has
     * none. If the block is initialized and not running dense, missing masks are made first.
     *
     * @return the parameters, in the block's order
     * @throws IllegalStateException if a weight is not finite, or the block was unwrapped
     */
    public List<LayerSparsity> getLayers() {
        synchronized (lock) {
            checkWrapped("call report or getMasks before unwrap");
            if (!dense && isInitialized()) {
                masks.ensure(Parameter::getArray);
            }
            return masks.describe(dense);
        }
    }

    /**
     * Writes the masks' zeros into the parameters and ends the wrapping. If the model runs dense,
     * for example in its warm-up, the parameters do not change. Afterwards this block evaluates as
     * the wrapped one does, and refuses to train.
     *
     * @return the wrapped block
     * @throws IllegalStateException if a weight is not finite; nothing changes then
     */
    public Block unwrap() {
        synchronized (lock) {
            if (unwrapped) {
                return block;
            }
            if (!dense && isInitialized()) {
                masks.ensure(Parameter::getArray);
                masks.checkFinite();
                masks.applyInPlace(Parameter::getArray);
            }
            masks.clear();
            memory.release();
            unwrapped = true;
            return block;
        }
    }

    /**
     * Returns whether {@link #unwrap} was called.
     *
     * @return {@code true} if it was called; the wrapped block is plain again
     */
    public boolean isUnwrapped() {
        synchronized (lock) {
            return unwrapped;
        }
    }

    @Override
    public NDList forward(
            ParameterStore parameterStore,
            NDList inputs,
            boolean training,
            @Nullable PairList<String, Object> params) {
        ParameterStore store = storeFor(parameterStore, inputs, training);
        if (training) {
            protect(store, inputs);
        }
        return block.forward(store, inputs, training, params);
    }

    @Override
    public NDList forward(
            ParameterStore parameterStore,
            NDList data,
            NDList labels,
            @Nullable PairList<String, Object> params) {
        ParameterStore store = storeFor(parameterStore, data, true);
        protect(store, data);
        return block.forward(store, data, labels, params);
    }

    /**
     * Ensures that, until the step ends, no garbage collection frees memory that the graph needs.
     */
    private void protect(ParameterStore store, NDList inputs) {
        if (deviceOf(store, inputs).isGpu()) {
            return; // there, DJL copies Java's values
        }
        synchronized (lock) {
            memory.open(watch.hasListener() ? StepMemory.defaultLimit() : LIMIT_WITHOUT_LISTENER);
        }
    }

    private static Device deviceOf(ParameterStore store, NDList inputs) {
        return inputs.isEmpty() ? store.getManager().getDevice() : inputs.get(0).getDevice();
    }

    /** Updates the masks and returns the store from which the wrapped block reads its weights. */
    private ParameterStore storeFor(ParameterStore store, NDList inputs, boolean training) {
        Device device = deviceOf(store, inputs);
        Function<Parameter, NDArray> weights = p -> store.getValue(p, device, training);
        Map<String, MaskedLayer> current;
        synchronized (lock) {
            if (unwrapped) {
                checkEvaluating(training);
                return store;
            }
            MaskAction action = training ? beginPass(device, weights) : evaluation();
            if (action == MaskAction.DENSE || !hasWeights(store, inputs, training)) {
                return store;
            }
            switch (action) {
                case WATCH -> {
                    masks.watch(weights);
                    planned = MaskAction.DENSE;
                    return store;
                }
                case REFRESH -> {
                    masks.refresh(weights);
                    planned = MaskAction.KEEP;
                }
                default -> masks.ensure(weights);
            }
            if (training) {
                lastPass = new TrainingPass(store, device);
            }
            masks.upload(weights);
            masks.takeOut(training);
            current = masks.getLayers();
        }
        NDManager manager = inputs.isEmpty() ? store.getManager() : inputs.get(0).getManager();
        return new MaskedParameterStore(store, current, manager);
    }

    private static void checkEvaluating(boolean training) {
        if (training) {
            throw new IllegalStateException(
                    "this SparseBlock was unwrapped: set the block that unwrap returned on the"
                            + " model before you continue training");
        }
    }

    /** Begins a training forward pass, and ends the masks if the plan requires it. */
    private MaskAction beginPass(Device device, Function<Parameter, NDArray> weights) {
        watch.countPass();
        boolean wasDense = dense;
        dense = isDense(planned);
        masks.beginForward(dense);
        if (dense && !wasDense && masks.areInUse()) {
            leaving = new HashSet<>();
        }
        if (leaving != null && leaving.add(device)) {
            masks.applyInPlace(weights);
        }
        return planned == MaskAction.WATCH && !policy.watchesDense() ? MaskAction.DENSE : planned;
    }

    /** Returns the action of an evaluation, which runs as training last did. */
    private MaskAction evaluation() {
        return dense ? MaskAction.DENSE : MaskAction.KEEP;
    }

    /**
     * Returns whether there are weights. A training pass initializes them if necessary, as DJL's
     * own blocks do.
     */
    private boolean hasWeights(ParameterStore store, NDList inputs, boolean training) {
        if (!masks.isEmpty() || isInitialized()) {
            return true;
        }
        if (training) {
            initialize(store.getManager(), DataType.FLOAT32, inputs.getShapes());
        }
        return training; // otherwise the wrapped block reports the error
    }

    private static boolean isDense(MaskAction action) {
        return action == MaskAction.DENSE || action == MaskAction.WATCH;
    }

    @Override
    public void initialize(NDManager manager, DataType dataType, Shape... inputShapes) {
        synchronized (lock) {
            block.initialize(manager, dataType, inputShapes);
            masks.choose();
        }
    }

    @Override
    public void loadParameters(NDManager manager, DataInputStream is)
            throws IOException, MalformedModelException {
        synchronized (lock) {
            forgetMasks(); // even if loading fails half way, they no longer fit
            block.loadParameters(manager, is);
        }
    }

    @Override
    public void clear() {
        synchronized (lock) {
            masks.clear();
            block.clear();
        }
    }

    @Override
    public void cast(DataType dataType) {
        synchronized (lock) {
            masks.putBack();
            block.cast(dataType); // a block may refuse this
            masks.clear();
        }
    }

    @Override
    public void saveParameters(DataOutputStream os) throws IOException {
        synchronized (lock) {
            putBack();
            block.saveParameters(os);
        }
    }

    /**
     * Makes weights that are masked in place dense again, so that they can be read; the next
     * forward pass takes the pruned weights out again.
     */
    public void putBack() {
        synchronized (lock) {
            masks.putBack();
        }
    }

    /**
     * Discards all masks, before or after the weights are replaced; new masks are made from the new
     * weights.
     */
    public void forgetMasks() {
        synchronized (lock) {
            masks.putBack();
            masks.clear();
        }
    }

    @Override
    public boolean isInitialized() {
        // A module of the engine has its weights from the start, but reports false until it is told
        // to initialize.
        return block.isInitialized()
                || block.getParameters().values().stream().allMatch(Parameter::isInitialized);
    }

    /** Returns the wrapped block, whose parameters this one presents as its own. */
    Block getWrapped() {
        return block;
    }

    @Override
    public String toString() {
        return "Sparse(" + masks.patterns() + ", " + block + ")";
    }
}
