package org.djlsparse.nn;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.BlockList;
import ai.djl.nn.Parameter;
import ai.djl.nn.ParameterList;
import ai.djl.nn.SymbolBlock;
import ai.djl.training.ParameterStore;
import ai.djl.training.initializer.Initializer;
import ai.djl.util.PairList;

import org.djlsparse.mask.Mask;
import org.djlsparse.mask.MaskSolver;
import org.djlsparse.mask.NmPattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;

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
 * <p>A masked weight lives as long as the inputs of the forward pass that it was made for. Each
 * device holds one mask value for every masked weight, of the weight's type. Several threads may
 * run forward at the same time.
 */
public final class SparseBlock implements Block {

    private static final Logger logger = LoggerFactory.getLogger(SparseBlock.class);

    private final Block block;
    private final MaskPolicy policy;

    private final Object lock = new Object();
    // All below are guarded by lock.
    private MaskAction planned;
    private boolean dense;
    private boolean watched; // the masks were made only to see how they change
    private @Nullable ParameterStore lastStore; // of the last training forward pass
    private @Nullable Device lastDevice;
    private boolean unwrapped;
    private List<MaskableLayers.Choice> choices;
    private Map<String, MaskedLayer> layers = Map.of();
    private long refreshes;
    private long refreshNanos;
    private long stepStart; // 0 between a step's end and the next training forward pass
    private long stepRefreshNanos;
    private List<RefreshedLayer> refreshed = List.of();

    /**
     * Wraps a block, with one configuration for all layers.
     *
     * @param block the block; initialized or not
     * @param config which layers get masks, and which
     * @param first what to do from the first forward pass on
     * @throws IllegalArgumentException as {@link #SparseBlock(Block, MaskPolicy, MaskAction)} does
     */
    public SparseBlock(Block block, MaskConfig config, MaskAction first) {
        this(block, MaskPolicy.of(config), first);
    }

    /**
     * Wraps a block.
     *
     * @param block the block; initialized or not
     * @param policy which layers get which masks
     * @param first what to do from the first forward pass on
     * @throws IllegalArgumentException if the block is wrapped already or reads its weights itself,
     *     or a layer was named that does not exist or cannot carry the pattern
     */
    public SparseBlock(Block block, MaskPolicy policy, MaskAction first) {
        if (find(block, ignored -> true) != null) {
            throw new IllegalArgumentException(
                    "block " + block.getClass().getSimpleName() + ": is or holds a SparseBlock");
        }
        if (block instanceof SymbolBlock) {
            throw new IllegalArgumentException(
                    "block "
                            + block.getClass().getSimpleName()
                            + ": is a module of the engine, which reads its weights itself; masks"
                            + " reach only blocks built in DJL");
        }
        this.block = block;
        this.policy = policy;
        planned = first;
        dense = isDense(first);
        choices = MaskableLayers.choose(block, policy);
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

    /**
     * Adds the terms of the layers' rules to the gradients that the last training forward pass led
     * to; to be called once, after the backward pass and before the optimizer's step. Does nothing
     * if there are no terms, the model runs dense, or it was called before.
     *
     * <p>With several devices the terms go to one of them, since DJL sums the gradients.
     */
    public void addTerms() {
        synchronized (lock) {
            ParameterStore store = lastStore;
            Device device = lastDevice;
            if (store == null || device == null || dense) {
                return;
            }
            lastStore = null;
            lastDevice = null;
            for (MaskedLayer layer : layers.values()) {
                if (layer.getTerm() != null) {
                    layer.addTerm(store.getValue(layer.getParameter(), device, true));
                }
            }
        }
    }

    /**
     * Ends a training step.
     *
     * @return what was done to the masks since the step before ended
     */
    public StepFigures endStep() {
        synchronized (lock) {
            StepFigures figures =
                    new StepFigures(
                            refreshed,
                            stepRefreshNanos,
                            stepStart == 0 ? 0 : System.nanoTime() - stepStart);
            refreshed = List.of();
            stepRefreshNanos = 0;
            stepStart = 0;
            return figures;
        }
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
            Map<String, Mask> masks = new LinkedHashMap<>();
            for (MaskableLayers.Choice choice : chosen()) {
                MaskedLayer layer = layers.get(choice.parameter().getId());
                if (layer != null) {
                    masks.put(choice.name(), layer.getMask());
                }
            }
            return new MaskState(masks, dense, watched, shapes());
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
            Map<String, String> shapes = shapes();
            if (!shapes.equals(state.layers())) {
                throw new IllegalArgumentException(
                        "state of another model: " + difference(state.layers(), shapes));
            }
            Map<String, MaskedLayer> restored = new LinkedHashMap<>();
            for (MaskableLayers.Choice choice : chosen()) {
                Mask mask = state.masks().get(choice.name());
                MaskConfig config = choice.config();
                if (mask != null && config != null) {
                    restored.put(choice.parameter().getId(), restored(choice, config, mask));
                }
            }
            if (!state.masks().isEmpty() && restored.size() != shapes.size()) {
                throw new IllegalArgumentException(
                        "state has masks of "
                                + state.masks().keySet()
                                + ": must have those of "
                                + shapes.keySet());
            }
            closeMasks();
            layers = Collections.unmodifiableMap(restored);
            dense = state.dense();
            watched = state.watched();
        }
    }

    private static MaskedLayer restored(
            MaskableLayers.Choice choice, MaskConfig config, Mask mask) {
        Parameter parameter = choice.parameter();
        if (!mask.getPattern().equals(config.pattern())
                || !mask.getShape().equals(MaskedLayer.weightShape(parameter))) {
            throw new IllegalArgumentException(
                    "layer \""
                            + choice.name()
                            + "\": its mask in the state is "
                            + mask.getPattern()
                            + " of "
                            + mask.getShape()
                            + ": must be "
                            + config.pattern()
                            + " of "
                            + MaskedLayer.weightShape(parameter));
        }
        return new MaskedLayer(choice.name(), parameter, config, new FoundMask(mask, 0), 0, 0);
    }

    private void checkReady() {
        if (unwrapped || !block.isInitialized()) {
            throw new IllegalStateException(
                    unwrapped
                            ? "this SparseBlock was unwrapped: it has no state"
                            : "the model is not initialized: load or initialize it first");
        }
        choose();
    }

    /** The layers that carry masks, each parameter once. */
    private List<MaskableLayers.Choice> chosen() {
        Map<String, MaskableLayers.Choice> chosen = new LinkedHashMap<>();
        for (MaskableLayers.Choice choice : choices) {
            if (choice.config() != null) {
                chosen.putIfAbsent(choice.parameter().getId(), choice);
            }
        }
        return List.copyOf(chosen.values());
    }

    private Map<String, String> shapes() {
        Map<String, String> shapes = new LinkedHashMap<>();
        for (MaskableLayers.Choice choice : chosen()) {
            shapes.put(choice.name(), choice.parameter().getShape().toString());
        }
        return shapes;
    }

    private static String difference(Map<String, String> there, Map<String, String> here) {
        for (Map.Entry<String, String> layer : here.entrySet()) {
            String shape = there.get(layer.getKey());
            if (shape == null) {
                return "it lacks layer \"" + layer.getKey() + "\"";
            }
            if (!shape.equals(layer.getValue())) {
                return "its layer \""
                        + layer.getKey()
                        + "\" is of shape "
                        + shape
                        + ", must be "
                        + layer.getValue();
            }
        }
        return "it has layers that this one lacks: "
                + there.keySet().stream().filter(name -> !here.containsKey(name)).toList();
    }

    /**
     * Returns how often masks were made.
     *
     * @return the number of refreshes, the first masks included
     */
    public long getRefreshCount() {
        synchronized (lock) {
            return refreshes;
        }
    }

    /**
     * Returns the time spent in refreshes.
     *
     * @return nanoseconds, all refreshes together
     */
    public long getRefreshNanos() {
        synchronized (lock) {
            return refreshNanos;
        }
    }

    /**
     * Lists all parameters of the wrapped block, each with its mask or with the reason why it has
     * none. If the block is initialized and not running dense, masks that are not there yet are
     * made.
     *
     * @return the parameters, in the block's order
     */
    public List<LayerSparsity> getLayers() {
        synchronized (lock) {
            if (!dense && !unwrapped && block.isInitialized()) {
                ensureMasks(Parameter::getArray);
            }
            return choices.stream().map(this::describe).collect(Collectors.toList());
        }
    }

    private LayerSparsity describe(MaskableLayers.Choice choice) {
        Parameter parameter = choice.parameter();
        Shape shape = parameter.getShape();
        MaskedLayer layer = dense ? null : layers.get(parameter.getId());
        MaskConfig config = choice.config();
        return new LayerSparsity(
                choice.name(),
                shape,
                choice.reason(),
                config == null ? null : config.pattern(),
                config == null ? null : solverFor(config, parameter).getName(),
                layer == null ? null : layer.getMask(),
                layer == null ? 0 : layer.getFlips());
    }

    private static MaskSolver solverFor(MaskConfig config, Parameter parameter) {
        return parameter.getShape() == null
                ? config.solver()
                : config.solver().resolve(config.pattern(), MaskedLayer.weightShape(parameter));
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
            if (!dense && block.isInitialized()) {
                ensureMasks(Parameter::getArray);
                List<NDArray> masked = new ArrayList<>();
                List<NDArray> weights = new ArrayList<>();
                try {
                    for (MaskedLayer layer : layers.values()) {
                        NDArray weight = layer.getParameter().getArray();
                        weights.add(weight);
                        masked.add(layer.apply(weight, false, weight.getManager()));
                    }
                    for (int i = 0; i < weights.size(); i++) {
                        masked.get(i).copyTo(weights.get(i));
                    }
                } finally {
                    masked.forEach(NDArray::close);
                }
            }
            closeMasks();
            unwrapped = true;
            return block;
        }
    }

    @Override
    public NDList forward(
            ParameterStore parameterStore,
            NDList inputs,
            boolean training,
            @Nullable PairList<String, Object> params) {
        return block.forward(storeFor(parameterStore, inputs, training), inputs, training, params);
    }

    @Override
    public NDList forward(
            ParameterStore parameterStore,
            NDList data,
            NDList labels,
            @Nullable PairList<String, Object> params) {
        return block.forward(storeFor(parameterStore, data, true), data, labels, params);
    }

    /** Brings the masks up to date and returns the store that the wrapped block is to read from. */
    private ParameterStore storeFor(ParameterStore store, NDList inputs, boolean training) {
        Map<String, MaskedLayer> current;
        synchronized (lock) {
            if (unwrapped) {
                if (training) {
                    throw new IllegalStateException(
                            "this SparseBlock was unwrapped: give the model the block that unwrap"
                                    + " returned before training on");
                }
                return store;
            }
            if (training) {
                dense = isDense(planned);
                stepStart = stepStart == 0 ? System.nanoTime() : stepStart;
            }
            if (dense && !isWatching(training)) {
                return store;
            }
            if (layers.isEmpty() && !block.isInitialized()) {
                if (!training) {
                    return store; // the wrapped block says what is wrong
                }
                // As DJL's own blocks do when training starts with data instead of shapes.
                initialize(store.getManager(), DataType.FLOAT32, inputs.getShapes());
            }
            Device device =
                    inputs.isEmpty() ? store.getManager().getDevice() : inputs.get(0).getDevice();
            Function<Parameter, NDArray> weights = p -> store.getValue(p, device, training);
            if (dense) {
                refresh(weights);
                planned = MaskAction.DENSE;
                return store;
            }
            if (training && planned == MaskAction.REFRESH) {
                refresh(weights);
                planned = MaskAction.KEEP;
            } else {
                ensureMasks(weights);
            }
            if (training && policy.hasTerms()) {
                lastStore = store;
                lastDevice = device;
            }
            current = layers;
        }
        NDManager manager = inputs.isEmpty() ? store.getManager() : inputs.get(0).getManager();
        return new MaskedParameterStore(store, current, manager);
    }

    private void ensureMasks(Function<Parameter, NDArray> weights) {
        if (layers.isEmpty() || watched) {
            refresh(weights);
        }
    }

    private static boolean isDense(MaskAction action) {
        return action == MaskAction.DENSE || action == MaskAction.WATCH;
    }

    private boolean isWatching(boolean training) {
        return training && planned == MaskAction.WATCH && policy.watchesDense();
    }

    /** Makes new masks for all layers, or changes nothing and throws. */
    private void refresh(Function<Parameter, NDArray> weights) {
        long start = System.nanoTime();
        if (layers.isEmpty()) {
            choose();
        }
        Map<String, MaskedLayer> fresh = new LinkedHashMap<>();
        for (MaskableLayers.Choice choice : choices) {
            String id = choice.parameter().getId();
            // A parameter that several blocks share has several names.
            MaskConfig config = choice.config();
            if (config != null && !fresh.containsKey(id)) {
                fresh.put(id, newLayer(choice, config, weights));
            }
        }
        if (fresh.isEmpty()) {
            throw new IllegalStateException(
                    "no layer can carry pattern "
                            + patterns()
                            + ": "
                            + choices.stream()
                                    .map(choice -> choice.name() + ": " + choice.reason())
                                    .collect(Collectors.joining("; ")));
        }
        boolean first = layers.isEmpty();
        layers.values().forEach(MaskedLayer::close);
        layers = Collections.unmodifiableMap(fresh);
        if (!first && watched == dense) {
            tellTerms();
        }
        watched = dense;
        if (refreshes == 0) {
            logger.info(
                    "{} of {} parameters have {} masks", layers.size(), choices.size(), patterns());
        }
        refreshes++;
        refreshed = layers.values().stream().map(MaskedLayer::getRefreshed).toList();
        long nanos = System.nanoTime() - start;
        refreshNanos += nanos;
        stepRefreshNanos += nanos;
    }

    private MaskedLayer newLayer(
            MaskableLayers.Choice choice, MaskConfig config, Function<Parameter, NDArray> weights) {
        Parameter parameter = choice.parameter();
        long start = System.nanoTime();
        FoundMask found;
        try {
            found =
                    FoundMask.find(
                            weights.apply(parameter), MaskedLayer.weightShape(parameter), config);
        } catch (IllegalArgumentException e) {
            throw new IllegalStateException(
                    "layer \"" + choice.name() + "\": no mask: " + e.getMessage(), e);
        }
        MaskedLayer old = layers.get(parameter.getId());
        long flips = old == null ? 0 : found.mask().countFlips(old.getMask());
        return new MaskedLayer(
                choice.name(), parameter, config, found, flips, System.nanoTime() - start);
    }

    /** Tells each term the flip rate of all layers that it serves. */
    private void tellTerms() {
        IdentityHashMap<GradientTerm, List<MaskedLayer>> served = new IdentityHashMap<>();
        for (MaskedLayer layer : layers.values()) {
            GradientTerm term = layer.getTerm();
            if (term != null) {
                served.computeIfAbsent(term, ignored -> new ArrayList<>()).add(layer);
            }
        }
        served.forEach(
                (term, list) -> {
                    long flips = list.stream().mapToLong(MaskedLayer::getFlips).sum();
                    long size = list.stream().mapToLong(MaskedLayer::getSize).sum();
                    term.onRefresh((double) flips / size, dense);
                });
    }

    private String patterns() {
        return policy.getPatterns().stream()
                .map(NmPattern::toString)
                .collect(Collectors.joining(", "));
    }

    /** Chooses the layers once more, now that all shapes are known. */
    private void choose() {
        choices = MaskableLayers.choose(block, policy);
    }

    private void closeMasks() {
        layers.values().forEach(MaskedLayer::close);
        layers = Map.of();
    }

    @Override
    public void initialize(NDManager manager, DataType dataType, Shape... inputShapes) {
        synchronized (lock) {
            block.initialize(manager, dataType, inputShapes);
            choose();
        }
    }

    @Override
    public void loadParameters(NDManager manager, DataInputStream is)
            throws IOException, MalformedModelException {
        synchronized (lock) {
            // Even if loading fails half way, the old masks are no longer those of these weights.
            closeMasks();
            block.loadParameters(manager, is);
        }
    }

    @Override
    public void clear() {
        synchronized (lock) {
            closeMasks();
            block.clear();
        }
    }

    @Override
    public void cast(DataType dataType) {
        synchronized (lock) {
            closeMasks();
            block.cast(dataType);
        }
    }

    // What follows is the wrapped block's own.

    @Override
    public void saveParameters(DataOutputStream os) throws IOException {
        block.saveParameters(os);
    }

    @Override
    public boolean isInitialized() {
        return block.isInitialized();
    }

    @Override
    public void setInitializer(Initializer initializer, Parameter.Type type) {
        block.setInitializer(initializer, type);
    }

    @Override
    public void setInitializer(Initializer initializer, String paramName) {
        block.setInitializer(initializer, paramName);
    }

    @Override
    public void setInitializer(Initializer initializer, Predicate<Parameter> predicate) {
        block.setInitializer(initializer, predicate);
    }

    @Override
    public void freezeParameters(boolean freeze) {
        block.freezeParameters(freeze);
    }

    @Override
    public void freezeParameters(boolean freeze, Predicate<Parameter> predicate) {
        block.freezeParameters(freeze, predicate);
    }

    @Override
    public PairList<String, Shape> describeInput() {
        return block.describeInput();
    }

    @Override
    public BlockList getChildren() {
        return block.getChildren();
    }

    @Override
    public ParameterList getDirectParameters() {
        return block.getDirectParameters();
    }

    @Override
    public ParameterList getParameters() {
        return block.getParameters();
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
        return block.getOutputShapes(inputShapes);
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes, DataType[] inputDataTypes) {
        return block.getOutputShapes(inputShapes, inputDataTypes);
    }

    @Override
    public Shape[] getInputShapes() {
        return block.getInputShapes();
    }

    @Override
    public DataType[] getOutputDataTypes() {
        return block.getOutputDataTypes();
    }

    @Override
    public Map<String, String> getCustomMetadata() {
        return block.getCustomMetadata();
    }

    @Override
    public String toString() {
        return "Sparse(" + patterns() + ", " + block + ")";
    }
}
