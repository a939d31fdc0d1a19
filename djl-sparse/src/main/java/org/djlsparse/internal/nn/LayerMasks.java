package org.djlsparse.internal.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;

import org.djlsparse.layer.LayerSparsity;
import org.djlsparse.mask.Mask;
import org.djlsparse.mask.MaskSolver;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.training.BackgroundRefresh;
import org.djlsparse.training.GradientTerm;
import org.djlsparse.training.LayerRefresh;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The masks of a block's layers: the choice of layers, the current masks, and their refreshes. A
 * refresh replaces all masks or, if a weight is not finite, none. Not thread-safe.
 */
final class LayerMasks {

    private static final Logger logger = LoggerFactory.getLogger(LayerMasks.class);

    private static final long MAX_EDGE = 64;

    private static final String ALL_FROZEN =
            "no masks: each weight that could carry one is frozen; unfreeze some, name them, or set"
                    + " optFrozen(true)";

    private final Block block;
    private final ResolvedPolicy policy;
    private final @Nullable BackgroundRefresh background;

    private final UploadBuffer buffer = new UploadBuffer();
    private final List<String> warnings;
    private List<LayerChoice> choices;
    private Map<String, MaskedLayer> layers = Map.of(); // by parameter id
    private boolean watched; // the masks serve only to count flips
    private @Nullable PendingRefresh pending;
    private long refreshes;
    private long refreshNanos;
    private long stepStart; // 0 between a step's end and the next training forward pass
    private long stepRefreshNanos;
    private List<MaskedLayer> refreshed = List.of(); // since the last step ended

    LayerMasks(Block block, ResolvedPolicy policy, @Nullable BackgroundRefresh background) {
        this.block = block;
        this.policy = policy;
        this.background = background;
        choices = MaskableLayers.choose(block, policy, MaskableLayers.FrozenMasks.NONE);
        warnings = policy.getWarnings(block);
        warnings.forEach(logger::warn);
    }

    /** Returns warnings about likely mistakes of the user. */
    List<String> getWarnings() {
        List<String> all = new ArrayList<>(warnings);
        if (layers.isEmpty() && areAllFrozen(chooseNow())) {
            all.add(ALL_FROZEN);
        }
        List<String> frozen =
                choices.stream()
                        .filter(choice -> choice.isFrozen() && hasMask(choice.parameter()))
                        .map(LayerChoice::name)
                        .toList();
        if (areInUse() && !frozen.isEmpty()) {
            all.add(
                    "frozen weights cannot adapt to their masks: "
                            + ResolvedPolicy.someOf(frozen)
                            + "; unfreeze them or leave them dense");
        }
        return all;
    }

    /** Returns whether no layer gets a mask, and some only because they are frozen. */
    private static boolean areAllFrozen(List<LayerChoice> choices) {
        return choices.stream().allMatch(choice -> !choice.isChosen())
                && choices.stream().anyMatch(LayerChoice::isDenseAsFrozen);
    }

    /**
     * Chooses the layers again, after shapes have become known or weights may have been frozen or
     * unfrozen.
     */
    void choose() {
        choices = chooseNow();
    }

    /** Chooses the layers. Weights that were frozen after they had got masks keep them. */
    private List<LayerChoice> chooseNow() {
        return MaskableLayers.choose(block, policy, (parameter, inPlace) -> hasMask(parameter));
    }

    private boolean hasMask(Parameter parameter) {
        return layers.containsKey(parameter.getId());
    }

    /** Returns the current masks, by parameter id. */
    Map<String, MaskedLayer> getLayers() {
        return layers;
    }

    boolean isEmpty() {
        return layers.isEmpty();
    }

    /** Returns whether there are masks that forward passes use. */
    boolean areInUse() {
        return !layers.isEmpty() && !watched;
    }

    /** Throws an IllegalStateException if a masked weight is not finite. */
    void checkFinite() {
        for (MaskedLayer layer : layers.values()) {
            layer.checkFinite(layer.getParameter().getArray());
        }
    }

    /** Writes the masks' zeros into the weights. */
    void applyInPlace(Function<Parameter, NDArray> weights) {
        for (MaskedLayer layer : layers.values()) {
            layer.applyInPlace(weightOf(layer.getParameter(), layer.isInPlace(), weights));
        }
    }

    long getRefreshCount() {
        return refreshes;
    }

    long getRefreshNanos() {
        return refreshNanos;
    }

    /**
     * Begins a training forward pass. The first one of a step puts pending masks in place if they
     * are due.
     */
    void beginForward(boolean dense) {
        if (dense) {
            pending = null;
            putBack();
        }
        if (stepStart != 0) {
            return;
        }
        stepStart = System.nanoTime();
        if (pending != null) {
            pending.countStep();
            if (pending.isDue()) {
                takePending();
            }
        }
    }

    StepFigures endStep(long step) {
        StepFigures figures =
                new StepFigures(
                        refreshed.stream().map(layer -> layer.getRefresh(step)).toList(),
                        stepRefreshNanos,
                        stepStart == 0 ? 0 : System.nanoTime() - stepStart);
        refreshed = List.of();
        stepRefreshNanos = 0;
        stepStart = 0;
        return figures;
    }

    /** Makes masks if there are none that a forward pass can use. */
    void ensure(Function<Parameter, NDArray> weights) {
        if (layers.isEmpty() || watched) {
            refresh(weights, false);
        }
    }

    /**
     * Creates the missing mask tensors on the weights' device. This happens before the forward
     * pass, which would otherwise create them one by one while its graph already exists.
     */
    void upload(Function<Parameter, NDArray> weights) {
        long start = System.nanoTime();
        boolean made = false;
        for (MaskedLayer layer : layers.values()) {
            NDArray weight = weightOf(layer.getParameter(), layer.isInPlace(), weights);
            made |= layer.upload(weight, buffer);
        }
        if (made) {
            addTime(start);
        }
    }

    private static NDArray weightOf(
            Parameter parameter, boolean inPlace, Function<Parameter, NDArray> weights) {
        return inPlace ? parameter.getArray() : weights.apply(parameter);
    }

    /**
     * Makes new masks, in the background if that was requested and there are masks to use
     * meanwhile.
     */
    void refresh(Function<Parameter, NDArray> weights) {
        putBack();
        if (background == null || layers.isEmpty() || watched) {
            refresh(weights, false);
            return;
        }
        takePending(); // before this refresh replaces it
        choose();
        long start = System.nanoTime();
        Map<String, MaskSearch> searches = new LinkedHashMap<>();
        try {
            for (LayerChoice choice : chosen()) {
                searches.put(choice.name(), search(choice, weights, true));
            }
        } catch (RuntimeException e) {
            searches.values().forEach(MaskSearch::close);
            throw e;
        }
        pending = PendingRefresh.start(background, searches);
        addTime(start);
    }

    /** Makes new masks only to count their flips, while the model runs dense. */
    void watch(Function<Parameter, NDArray> weights) {
        refresh(weights, true);
    }

    /**
     * Makes new masks between two steps, never in the background.
     *
     * @param step the number of steps so far, for the records
     * @param dense whether the masks serve only to count flips
     * @return the records, which no step's figures contain
     */
    List<LayerRefresh> refreshNow(long step, boolean dense) {
        putBack();
        List<MaskedLayer> before = refreshed;
        long nanosBefore = stepRefreshNanos;
        refreshed = List.of();
        try {
            refresh(Parameter::getArray, dense);
            return refreshed.stream().map(layer -> layer.getRefresh(step)).toList();
        } finally {
            // Those of a replaced layer have no values any more.
            refreshed = before.stream().filter(layers.values()::contains).toList();
            stepRefreshNanos = nanosBefore;
        }
    }

    private void refresh(Function<Parameter, NDArray> weights, boolean dense) {
        pending = null;
        choose();
        List<LayerChoice> chosen = chosen();
        if (chosen.isEmpty() && areAllFrozen(choices)) {
            return; // training may unfreeze them later
        }
        if (chosen.isEmpty()) {
            throw new IllegalStateException(
                    "no layer can carry pattern "
                            + patterns()
                            + "; a linear, recurrent or ungrouped convolution layer with at least"
                            + " M outputs and M inputs is needed: "
                            + choices.stream()
                                    .map(choice -> choice.name() + ": " + choice.reason())
                                    .collect(Collectors.joining("; ")));
        }
        boolean first = refreshes == 0;
        if (first) {
            loadClasses(chosen.get(0), weights);
        }
        long start = System.nanoTime();
        Map<String, FoundMask> found = new LinkedHashMap<>();
        for (LayerChoice choice : chosen) {
            try (MaskSearch search = search(choice, weights, false)) {
                found.put(choice.name(), search.run());
            }
        }
        replace(chosen, found, dense);
        addTime(start);
        if (first) {
            logger.info(
                    "{} of {} parameters have {} masks", layers.size(), choices.size(), patterns());
        }
    }

    /**
     * Runs all steps of a refresh on a small separate weight. The first run in a JVM takes a
     * hundred times as long as later ones, because it loads classes, and this time must not count
     * as a refresh.
     */
    private static void loadClasses(LayerChoice choice, Function<Parameter, NDArray> weights) {
        NDArray weight = weightOf(choice.parameter(), choice.inPlace(), weights);
        MaskConfig config = choice.getMasks().withSolver(MaskSolver.auto());
        long edge = Math.min(config.pattern().m(), MAX_EDGE);
        try (NDManager scratch = weight.getManager().newSubManager(weight.getDevice())) {
            NDArray ones = scratch.ones(new Shape(edge, edge), weight.getDataType());
            Parameter parameter =
                    Parameter.builder()
                            .setName(choice.name())
                            .setType(Parameter.Type.WEIGHT)
                            .optArray(ones)
                            .build();
            LayerChoice trial =
                    new LayerChoice(choice.names(), parameter, null, config, false, false);
            try (MaskSearch search = search(trial, ignored -> ones, false);
                    MaskedLayer layer = newLayer(trial, search.run(), 0)) {
                layer.apply(ones, true, scratch);
                layer.getRefresh(0);
            }
        }
    }

    /** Puts pending masks in place, if there are any. */
    private void takePending() {
        PendingRefresh due = pending;
        if (due != null) {
            long start = System.nanoTime();
            pending = null;
            replace(chosen(), due.await(), false);
            addTime(start);
        }
    }

    private static MaskSearch search(
            LayerChoice choice, Function<Parameter, NDArray> weights, boolean weightChanges) {
        return MaskSearch.of(
                choice.name(),
                weightOf(choice.parameter(), choice.inPlace(), weights),
                MaskedLayer.weightShape(choice.parameter()),
                choice.getMasks(),
                weightChanges);
    }

    private void replace(List<LayerChoice> chosen, Map<String, FoundMask> found, boolean dense) {
        Map<String, MaskedLayer> fresh = new LinkedHashMap<>();
        for (LayerChoice choice : chosen) {
            FoundMask mask = found.get(choice.name());
            String id = choice.parameter().getId();
            if (mask == null && !layers.containsKey(id)) {
                continue; // unfrozen since the search began
            }
            if (mask == null) {
                throw new IllegalStateException(
                        "layer \"" + choice.name() + "\": was not there when masks were sought");
            }
            MaskedLayer old = layers.get(id);
            long flips = old == null ? 0 : mask.mask().countFlips(old.getMask());
            fresh.put(id, newLayer(choice, mask, flips));
        }
        boolean first = layers.isEmpty();
        putBack();
        layers.values().forEach(MaskedLayer::close);
        layers = Collections.unmodifiableMap(fresh);
        if (!first && watched == dense) {
            tellTerms(dense);
        }
        watched = dense;
        refreshes++;
        refreshed = List.copyOf(layers.values());
    }

    private static MaskedLayer newLayer(LayerChoice choice, FoundMask mask, long flips) {
        return new MaskedLayer(
                choice.name(),
                choice.parameter(),
                choice.getMasks(),
                choice.inPlace(),
                mask,
                flips);
    }

    private void addTime(long start) {
        long nanos = System.nanoTime() - start;
        refreshNanos += nanos;
        stepRefreshNanos += nanos;
    }

    /** Reports to each term the flip rate over all layers that it serves. */
    private void tellTerms(boolean dense) {
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

    String patterns() {
        return policy.getPatterns().stream()
                .map(NmPattern::toString)
                .collect(Collectors.joining(", "));
    }

    /** Returns the layers that carry masks. */
    private List<LayerChoice> chosen() {
        return choices.stream().filter(LayerChoice::isChosen).toList();
    }

    /** Returns the layers that could carry masks, frozen or not. */
    private List<LayerChoice> candidates() {
        return MaskableLayers.choose(block, policy, MaskableLayers.FrozenMasks.ALL).stream()
                .filter(LayerChoice::isChosen)
                .toList();
    }

    List<LayerSparsity> describe(boolean dense) {
        return chooseNow().stream().map(choice -> describe(choice, dense)).toList();
    }

    private LayerSparsity describe(LayerChoice choice, boolean dense) {
        Parameter parameter = choice.parameter();
        Shape shape = ParameterShape.of(parameter);
        MaskedLayer layer = dense ? null : layers.get(parameter.getId());
        MaskConfig config = choice.masks();
        return new LayerSparsity(
                choice.name(),
                shape,
                choice.reason(),
                config == null ? null : config.pattern(),
                config == null ? null : solverFor(config, parameter).getName(),
                layer == null ? null : layer.getMask(),
                layer == null ? 0 : layer.getFlips(),
                choice.otherNames(),
                choice.isFrozen());
    }

    private static MaskSolver solverFor(MaskConfig config, Parameter parameter) {
        return !parameter.isInitialized()
                ? config.solver()
                : config.solver().resolve(config.pattern(), MaskedLayer.weightShape(parameter));
    }

    MaskState getState(boolean dense) {
        List<LayerChoice> candidates = candidates();
        Map<String, Mask> masks = new LinkedHashMap<>();
        for (LayerChoice choice : candidates) {
            MaskedLayer layer = layers.get(choice.parameter().getId());
            if (layer != null) {
                masks.put(choice.name(), layer.getMask());
            }
        }
        return new MaskState(
                masks,
                dense,
                watched,
                shapes(candidates),
                pending == null ? null : pending.getState());
    }

    /** Takes the masks of an earlier run, or throws without changing anything. */
    void restore(MaskState state) {
        List<LayerChoice> candidates = candidates();
        Map<String, String> shapes = shapes(candidates);
        if (!shapes.equals(state.layers())) {
            throw new IllegalArgumentException(
                    "state of another model: " + difference(state.layers(), shapes));
        }
        Map<String, MaskedLayer> restored = new LinkedHashMap<>();
        if (!state.masks().isEmpty()) {
            checkMasks(state.masks(), candidates);
            for (LayerChoice choice : candidates) {
                Mask mask = state.masks().get(choice.name());
                if (mask != null) {
                    restored.put(
                            choice.parameter().getId(),
                            newLayer(choice, new FoundMask(mask, 0, 0), 0));
                }
            }
        }
        PendingRefresh waiting = null;
        if (state.pending() != null) {
            checkMasks(state.pending().masks(), candidates);
            if (background == null) {
                throw new IllegalArgumentException(
                        "state has masks of a background refresh: build this Sparsifier with"
                                + " optBackground(...), as the saved run did");
            }
            waiting = PendingRefresh.resume(background, state.pending());
        }
        putBack();
        clear();
        layers = Collections.unmodifiableMap(restored);
        watched = state.watched();
        pending = waiting;
        choose();
    }

    /** Checks the masks of a state. A weight that was frozen may have none. */
    private static void checkMasks(Map<String, Mask> masks, List<LayerChoice> candidates) {
        Map<String, String> shapes = shapes(candidates);
        if (!shapes.keySet().containsAll(masks.keySet())) {
            throw new IllegalArgumentException(
                    "state has masks of "
                            + masks.keySet()
                            + ": must have only those of "
                            + shapes.keySet()
                            + "; wrap with the pattern and layers of the saved run");
        }
        for (LayerChoice choice : candidates) {
            Mask mask = masks.get(choice.name());
            NmPattern pattern = choice.getMasks().pattern();
            if (mask != null
                    && (!mask.getPattern().equals(pattern)
                            || !mask.getShape()
                                    .equals(MaskedLayer.weightShape(choice.parameter())))) {
                throw new IllegalArgumentException(
                        "layer \""
                                + choice.name()
                                + "\": its mask in the state is "
                                + mask.getPattern()
                                + " of "
                                + mask.getShape()
                                + ": must be "
                                + pattern
                                + " of "
                                + MaskedLayer.weightShape(choice.parameter()));
            }
        }
    }

    private static Map<String, String> shapes(List<LayerChoice> choices) {
        Map<String, String> shapes = new LinkedHashMap<>();
        for (LayerChoice choice : choices) {
            shapes.put(choice.name(), ParameterShape.known(choice.parameter()).toString());
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

    /** Takes the pruned entries out of the weights that are masked in place. */
    void takeOut(boolean training) {
        for (MaskedLayer layer : layers.values()) {
            if (layer.isInPlace() && (training || !layer.isTakenOut())) {
                layer.takeOut();
            }
        }
    }

    /** Makes the weights that are masked in place dense again. */
    void putBack() {
        layers.values().forEach(MaskedLayer::putBack);
    }

    /** Masks the gradients of weights that are masked in place, as autograd does for the others. */
    void maskGradients() {
        layers.values().stream().filter(MaskedLayer::isInPlace).forEach(MaskedLayer::maskGradient);
    }

    /** Discards all masks, because the weights have been replaced. */
    void clear() {
        pending = null;
        layers.values().forEach(MaskedLayer::close);
        layers = Map.of();
    }
}
