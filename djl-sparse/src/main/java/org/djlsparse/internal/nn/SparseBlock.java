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
 * A block around any DJL block, under whose forward pass the chosen layers see masked weights.
 *
 * <p>Each DJL block reads its weights from the {@link ParameterStore} that it is given. This one
 * gives the wrapped block a store of its own, which hands out {@code w * mask} where a layer has a
 * mask. The parameters stay dense, and everything else, names, initialization, saving and loading,
 * is the wrapped block's own: a file written by either is read by the other.
 *
 * <p>Masks are made when first needed, from the weights as they then are, and made anew as {@link
 * #plan(MaskAction)} says. A refresh happens at the start of a training forward pass, since DJL has
 * no hook after the optimizer's step, and replaces all masks or, if a weight is not finite, none.
 * All devices see the same masks.
 *
 * <p>When masks end in the course of training ({@link MaskAction#DENSE}), their zeros are written
 * into the weights, so that dense training goes on from the model that was masked. What lay under
 * the masks may be old and would change the model at once.
 *
 * <p>A module of the engine, such as an imported TorchScript module, holds its weights itself and
 * reads them past the store. Its weights are masked in place: what is pruned is taken out before a
 * forward pass, and put back before the optimizer's step ({@link #endBackward}) and before the
 * model is saved. A step that nobody told of works on the masked weights, and what it does to
 * pruned ones is undone.
 *
 * <p>A masked weight lives as long as the inputs of the forward pass that it was made for. Each
 * device holds one mask value for every masked weight, of the weight's type.
 *
 * <p>Several threads may evaluate at the same time, and so may the devices of one training step.
 * What replaces masks must not overlap with an evaluation: training, loading, restoring, unwrapping
 * and clearing.
 */
public final class SparseBlock extends DelegatingBlock {

    /** Bytes that are kept for a step whose end nobody tells. */
    private static final long LIMIT_WITHOUT_LISTENER = 64 << 20;

    private final ResolvedPolicy policy;
    private final StepMemory memory = new StepMemory();

    private final Object lock = new Object();
    // All below are guarded by lock.
    private final LayerMasks masks;
    private final ListenerWatch watch = new ListenerWatch();
    private MaskAction planned; // for the next training forward pass
    private boolean dense; // whether the last one ran without masks
    private @Nullable Set<Device> leaving; // where this step wrote the zeros of the masks it ended
    private @Nullable TrainingPass lastPass; // whose gradients wait for their terms
    private boolean unwrapped;

    /** The store and the device of a training forward pass. */
    private record TrainingPass(ParameterStore store, Device device) {}

    /**
     * Wraps a block.
     *
     * @param block the block; initialized or not
     * @param policy which layers get which masks
     * @param first what to do from the first forward pass on
     * @param background how to refresh in the background; null to refresh within a step
     * @throws IllegalArgumentException if the block is wrapped already or is a module of the engine
     *     that shows no parameters, or a layer was named that does not exist or cannot carry the
     *     pattern
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
     * @param predicate which one is meant
     * @return the first, or null if there is none
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
     * Says what to do from the next training forward pass on. Until then, evaluation goes on as
     * before.
     *
     * @param action replaces the action planned before
     */
    public void plan(MaskAction action) {
        synchronized (lock) {
            planned = action;
        }
    }

    /** Says that {@link #endStep} will be called after each training step from now on. */
    public void beginSteps() {
        synchronized (lock) {
            watch.noteListener();
        }
    }

    /**
     * Readies the gradients and the weights for the optimizer; to be called once, after the
     * backward pass and before the optimizer's step. Adds the terms of the layers' rules to the
     * gradients that the last training forward pass led to, and makes weights dense that were
     * masked in place. Does nothing if the model runs dense, or it was called before.
     *
     * <p>With several devices the terms go to one of them, since DJL sums the gradients.
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
     * @param step its number, from 0 on
     * @return the refresh since the step before ended
     */
    public StepFigures endStep(long step) {
        synchronized (lock) {
            watch.noteListener();
            leaving = null;
            memory.release();
            return masks.endStep(step);
        }
    }

    /** Says that no training step follows for now: a last one may have begun and not ended. */
    public void endSteps() {
        memory.release();
    }

    /**
     * Returns the masks at hand, those that a dense warm-up watches, too.
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
     * Takes masks from an earlier run in place of those at hand.
     *
     * @param state the state of a block of the same layers and pattern
     * @throws IllegalArgumentException if a layer or the pattern is another; nothing has changed
     *     then
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
        checkWrapped("save or load before unwrap");
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
     * Checks that a block has its weights and no masks.
     *
     * @param block the block
     * @throws IllegalArgumentException if it is not initialized, or is or holds a SparseBlock
     */
    public static void checkPlain(Block block) {
        String name = "block " + block.getClass().getSimpleName();
        // A module of the engine says that it is not, though its parameters are.
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
     * Returns what is most likely a mistake: regular expressions that match no parameter, and
     * training without a listener.
     *
     * @return the warnings, in words; those on expressions were logged when the block was wrapped,
     *     that on the listener is once there are many training forward passes
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
     * Returns how often masks were made.
     *
     * @return the number of refreshes, the first masks included
     */
    public long getRefreshCount() {
        synchronized (lock) {
            return masks.getRefreshCount();
        }
    }

    /**
     * Returns the time spent in refreshes.
     *
     * @return nanoseconds, all refreshes together
     */
    public long getRefreshNanos() {
        synchronized (lock) {
            return masks.getRefreshNanos();
        }
    }

    /**
     * Lists all parameters of the wrapped block, each with its mask or with the reason why it has
     * none. If the block is initialized and not running dense, masks that are not there yet are
     * made.
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
     * Writes the zeros into the parameters and ends the wrapping. If the model runs dense, for
     * example in its warm-up, the parameters stay as they are. From then on this block evaluates as
     * the wrapped one does, and refuses to train.
     *
     * @return the wrapped block
     * @throws IllegalStateException if a weight is not finite; nothing has changed then
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
     * @return true if so; the wrapped block is plain again
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

    /** From here to the step's end no garbage collection can change what the graph needs. */
    private void protect(ParameterStore store, NDList inputs) {
        if (deviceOf(store, inputs).isGpu()) {
            return; // where DJL copies Java's values
        }
        synchronized (lock) {
            memory.open(watch.hasListener() ? StepMemory.defaultLimit() : LIMIT_WITHOUT_LISTENER);
        }
    }

    private static Device deviceOf(ParameterStore store, NDList inputs) {
        return inputs.isEmpty() ? store.getManager().getDevice() : inputs.get(0).getDevice();
    }

    /** Brings the masks up to date and returns the store that the wrapped block is to read from. */
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

    /** Begins a training forward pass, and ends the masks if they are to end with it. */
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

    /** Evaluation goes on with what training did last. */
    private MaskAction evaluation() {
        return dense ? MaskAction.DENSE : MaskAction.KEEP;
    }

    /** Whether there are weights; initializes them as DJL's own blocks do in their first pass. */
    private boolean hasWeights(ParameterStore store, NDList inputs, boolean training) {
        if (!masks.isEmpty() || isInitialized()) {
            return true;
        }
        if (training) {
            initialize(store.getManager(), DataType.FLOAT32, inputs.getShapes());
        }
        return training; // if not, the wrapped block says what is wrong
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
            forgetMasks(); // even if loading fails half way, they are not those of these weights
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
            block.cast(dataType); // which a block may refuse
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
     * forward pass takes out again what is pruned.
     */
    public void putBack() {
        synchronized (lock) {
            masks.putBack();
        }
    }

    /** Forgets all masks, before or after the weights are replaced; new ones are made of those. */
    public void forgetMasks() {
        synchronized (lock) {
            masks.putBack();
            masks.clear();
        }
    }

    @Override
    public boolean isInitialized() {
        // A module of the engine has its weights from the start, yet says no until it is asked to
        // initialize.
        return block.isInitialized()
                || block.getParameters().values().stream().allMatch(Parameter::isInitialized);
    }

    /** The block that computes with the parameters, which this one shows as its own. */
    Block getWrapped() {
        return block;
    }

    @Override
    public String toString() {
        return "Sparse(" + masks.patterns() + ", " + block + ")";
    }
}
