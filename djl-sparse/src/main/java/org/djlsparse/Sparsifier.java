package org.djlsparse;

import ai.djl.nn.Block;
import ai.djl.training.Trainer;
import ai.djl.training.listener.TrainingListener;
import ai.djl.training.optimizer.Optimizer;

import org.djlsparse.internal.nn.GradientSampling;
import org.djlsparse.internal.nn.KernelReplacement;
import org.djlsparse.internal.nn.MaskConfig;
import org.djlsparse.internal.nn.MaskState;
import org.djlsparse.internal.nn.ResolvedPolicy;
import org.djlsparse.internal.nn.SparseBlock;
import org.djlsparse.internal.torch.ProductKernelChooser;
import org.djlsparse.internal.torch.ProductKernels;
import org.djlsparse.internal.training.RefreshHistory;
import org.djlsparse.internal.training.SchedulePosition;
import org.djlsparse.internal.training.SparseTrainingListener;
import org.djlsparse.io.MaskFileReader;
import org.djlsparse.io.TensorSource;
import org.djlsparse.kernel.KernelChooser;
import org.djlsparse.kernel.LayerTrials;
import org.djlsparse.kernel.LinearKernel;
import org.djlsparse.layer.LayerPolicy;
import org.djlsparse.layer.LayerSelector;
import org.djlsparse.layer.LayerSparsity;
import org.djlsparse.mask.Mask;
import org.djlsparse.mask.MaskSolver;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.training.BackgroundRefresh;
import org.djlsparse.training.GradientRule;
import org.djlsparse.training.GradientTerm;
import org.djlsparse.training.LayerRefresh;
import org.djlsparse.training.MaskAction;
import org.djlsparse.training.MaskMetrics;
import org.djlsparse.training.MaskSchedule;
import org.djlsparse.training.SparseRecipe;
import org.djlsparse.training.WeightGradient;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Trains a DJL model with N:M masks, transposable by default. A program needs two additional lines;
 * its training loop does not change:
 *
 * <pre>{@code
 * Sparsifier sparsifier = Sparsifier.builder().setPattern(NmPattern.of(2, 4)).build();
 * model.setBlock(sparsifier.wrap(block));                  // 1
 * config.addTrainingListeners(sparsifier.newListener());   // 2
 * EasyTrain.fit(trainer, epochs, train, validate);
 * System.out.println(sparsifier.report());
 * Block plain = sparsifier.unwrap(model.getBlock());       // a plain DJL block with zeros
 * }</pre>
 *
 * <p>The parameters stay dense, and the optimizer updates all of them. The forward pass multiplies
 * by the masked weights, and the gradients follow the {@link GradientRule}. The {@link
 * MaskSchedule} determines when new masks are computed from the current weights.
 *
 * <p>Method: Hubara, Chmiel, Island, Banner, Naor, Soudry, "Accelerated Sparse Neural Training: A
 * Provable and Efficient Method to Find N:M Transposable Masks", NeurIPS 2021.
 *
 * <p>A Sparsifier serves one model. It holds the model's masks and its position in the schedule; a
 * second trainer of the same model continues from this position.
 */
public final class Sparsifier {

    private static final Logger logger = LoggerFactory.getLogger(Sparsifier.class);

    private final MaskConfig masks;
    private final LayerSelector layers;
    private final LayerPolicy policy;
    private final ResolvedPolicy resolved;
    private final GradientRule rule;
    private final @Nullable GradientTerm term;
    private final SchedulePosition position;
    private final RefreshHistory history;
    private final @Nullable ProductKernelChooser chooser;
    private final @Nullable BackgroundRefresh background;
    private final WeightGradient weightGradient;
    private volatile @Nullable SparseBlock sparse;
    private volatile @Nullable Trainer trainer; // the last one with a listener
    private volatile @Nullable KernelReplacement kernels;

    private Sparsifier(Builder builder, NmPattern pattern) {
        rule = builder.rule;
        term = rule.newTerm();
        masks = new MaskConfig(pattern, builder.solver, rule.getFlow(), term);
        layers = builder.layers;
        policy = builder.policy;
        resolved = ResolvedPolicy.of(policy, layers, masks, rule);
        position = new SchedulePosition(builder.schedule);
        history = new RefreshHistory(builder.history);
        background = builder.background;
        chooser = builder.chooser;
        weightGradient = builder.weightGradient;
    }

    /**
     * Creates a builder.
     *
     * @return the builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Wraps a block so that its forward pass uses masked weights. The block need not be initialized
     * yet, and it may be a part of a larger block. With {@link Builder#optKernel} or {@link
     * Builder#optKernelChooser}, the linear blocks and ungrouped 2-D convolutions inside the block
     * are also replaced until it is unwrapped.
     *
     * @param block the block
     * @return the wrapped block, for {@code model.setBlock}
     * @throws IllegalStateException if this Sparsifier has already wrapped a block
     * @throws IllegalArgumentException if the block contains a wrapped block, is an engine module
     *     without visible parameters, or a named layer does not exist or cannot carry its pattern;
     *     the block is then unchanged
     */
    public synchronized Block wrap(Block block) {
        if (sparse != null) {
            throw new IllegalStateException(
                    "this Sparsifier has already wrapped a block: build one Sparsifier per model");
        }
        KernelReplacement prepared =
                chooser == null ? null : new KernelReplacement(block, chooser, newSampling());
        try {
            Block root = prepared == null ? block : prepared.getRoot();
            SparseBlock wrapped = new SparseBlock(root, resolved, position.getAction(), background);
            kernels = prepared;
            sparse = wrapped;
            return wrapped;
        } catch (RuntimeException e) {
            if (prepared != null) {
                prepared.undo();
            }
            throw e;
        }
    }

    private @Nullable GradientSampling newSampling() {
        Long seed = weightGradient.getSeed();
        return seed == null ? null : new GradientSampling(seed, () -> position.getPoint().step());
    }

    /**
     * Creates the listener that counts training steps, requests refreshes of the masks, and adds
     * the rule's term to the gradients. It records each refresh in the history and, if the trainer
     * has metrics, in those ({@link MaskMetrics}). Without the listener, the masks are computed
     * once and kept; a warning appears in the log after 100 forward passes, and in the report.
     *
     * <p>DJL notifies the listener after each batch's backward pass, before the optimizer's step. A
     * training loop that does not use {@code EasyTrain} must do the same: {@code
     * trainer.notifyListeners(listener -> listener.onTrainingBatch(trainer, batchData))}. For
     * schedules that count epochs, it must also call {@code listener.onEpoch(trainer)} at the end
     * of each epoch.
     *
     * @return a new listener, for one trainer
     */
    public TrainingListener newListener() {
        return new SparseTrainingListener(
                this::checked, position, history, begun -> trainer = begun);
    }

    /**
     * Returns the wrapped block. The listener calls this after each backward pass, so that an error
     * of a kernel ends training before the optimizer's step.
     */
    private @Nullable SparseBlock checked() {
        KernelReplacement replaced = kernels;
        if (replaced != null) {
            replaced.check();
        }
        return sparse;
    }

    /**
     * Sets the pruned weights to zero, never to a negative zero, and returns the plain block. Its
     * predictions equal those of the wrapped block, bit for bit. If the model runs dense at this
     * point, in a warm-up or after {@code denseFrom}, no weight is changed.
     *
     * @param block the block that {@link #wrap} returned, such as {@code model.getBlock()}
     * @return the block that was passed to {@link #wrap}
     * @throws IllegalArgumentException if the block is not the one that this Sparsifier wrapped
     * @throws IllegalStateException if a weight with a mask is not finite; nothing has changed then
     */
    public Block unwrap(Block block) {
        SparseBlock wrapped = sparse;
        if (wrapped == null || block != wrapped) {
            throw new IllegalArgumentException(
                    "block "
                            + block.getClass().getSimpleName()
                            + ": is not the block that this Sparsifier wrapped; pass the block"
                            + " that wrap returned, such as model.getBlock()");
        }
        Block plain = wrapped.unwrap();
        KernelReplacement replaced = kernels;
        if (replaced != null) {
            replaced.undo();
            plain = replaced.getOriginal();
        }
        return plain;
    }

    /**
     * Returns a report on each parameter of the wrapped model. If the model is initialized and has
     * no masks yet, they are computed first, which counts as a refresh.
     *
     * @return the report; its {@code toString()} is a table
     * @throws IllegalStateException if nothing is wrapped yet, a weight is not finite, or the model
     *     was unwrapped
     */
    public SparsityReport report() {
        SparseBlock wrapped = wrapped();
        List<LayerSparsity> reported = wrapped.getLayers(); // computes masks if there are none
        KernelReplacement replaced = kernels;
        return new SparsityReport(
                masks.pattern(),
                position.getSchedule().toString(),
                describeRule(),
                position.getPoint().step(),
                wrapped.getRefreshCount(),
                wrapped.getRefreshNanos() / 1e9,
                reported,
                replaced == null ? Map.of() : replaced.describe(reported),
                wrapped.getWarnings());
    }

    /**
     * Returns the masks in use. If the model is initialized and has no masks yet, they are computed
     * first.
     *
     * @return the masks by parameter name, in the model's order; empty while the model runs dense.
     *     A weight that several blocks share appears once, under its first name
     * @throws IllegalStateException if nothing is wrapped yet, a weight is not finite, or the model
     *     was unwrapped
     */
    public Map<String, Mask> getMasks() {
        Map<String, Mask> masks = new LinkedHashMap<>();
        for (LayerSparsity layer : wrapped().getLayers()) {
            Mask mask = layer.mask();
            if (mask != null) {
                masks.put(layer.name(), mask);
            }
        }
        return masks;
    }

    /**
     * Computes new masks from the current weights at once, as a refresh that the schedule requests
     * does at the start of a step. A refresh in the background that is not in use yet is discarded.
     * Between two training steps, this gives the caller control over when masks change: with a
     * schedule that never refreshes, they change only here.
     *
     * <p>While the model runs dense, in a warm-up or after {@code denseFrom}, the new masks are
     * used from the next step on that the schedule does not run dense.
     *
     * @return the records of this refresh, one for each layer, which {@link #getHistory()} contains
     *     as well; empty if all weights that could carry a mask are frozen
     * @throws IllegalStateException if nothing is wrapped yet, the model is not initialized or was
     *     unwrapped, no layer can carry its pattern, or a weight is not finite; the masks have not
     *     changed then
     */
    public List<LayerRefresh> refresh() {
        List<LayerRefresh> records = wrapped().refresh(position.getPoint().step());
        records.forEach(history::add);
        return records;
    }

    /**
     * Computes masks from the current weights at once, but does not use them, as {@link
     * MaskAction#WATCH} does at a step of a dense warm-up: the rule then knows the flip rate of
     * dense training. Does nothing if no rule needs that, which only {@link
     * GradientRule#maskedDecay()} and a user's own term may do.
     *
     * @return the records of these masks, one for each layer, which {@link #getHistory()} contains
     *     as well; empty if no rule needs them
     * @throws IllegalStateException if nothing is wrapped yet, the model is not initialized or was
     *     unwrapped, it does not run dense, or a weight is not finite
     */
    public List<LayerRefresh> watch() {
        List<LayerRefresh> records = wrapped().watch(position.getPoint().step());
        records.forEach(history::add);
        return records;
    }

    /**
     * Returns the schedule.
     *
     * @return the schedule that {@link Builder#optSchedule} set, or the default
     */
    public MaskSchedule getSchedule() {
        return position.getSchedule();
    }

    /**
     * Returns the gradient rule of the layers to which the policy gives no other.
     *
     * @return the rule that {@link Builder#optRule} set, or the default
     */
    public GradientRule getRule() {
        return rule;
    }

    /**
     * Returns the policy.
     *
     * @return the policy that {@link Builder#optPolicy} set, or the one without entries
     */
    public LayerPolicy getPolicy() {
        return policy;
    }

    /**
     * Returns the records of the latest refreshes: each layer's flip rate, kept magnitude and time.
     * Only refreshes in training with a listener, and those of {@link #refresh()} and {@link
     * #watch()}, are recorded.
     *
     * @return the records, oldest first; at most the number set by {@link Builder#optHistory}
     */
    public List<LayerRefresh> getHistory() {
        return history.getRecords();
    }

    /**
     * Returns the times from which {@link KernelChooser#fastest} chose the kernels.
     *
     * @return the trials of each layer's products, in no particular order; empty without such a
     *     chooser or before the first layer has run
     */
    public List<LayerTrials> getKernelTrials() {
        return chooser == null ? List.of() : chooser.getTrials();
    }

    /**
     * Writes the masks, the position in the schedule and the rule's state to a file, atomically.
     * Call this method between two training steps. A listener may call it in {@code onEpoch}, for
     * example in the callback of {@code SaveModelTrainingListener}, regardless of the order of the
     * listeners. The model's weights are not included: save them with {@code model.save}.
     *
     * @param path the file; must end in {@code .safetensors}; an existing file is replaced
     * @throws IOException if the file cannot be written
     * @throws IllegalStateException if nothing is wrapped yet, the model is not initialized or was
     *     unwrapped, a refresh in the background found a weight that is not finite, or a listener
     *     calls this method in {@code onTrainingBatch}
     */
    public void save(Path path) throws IOException {
        write(path, Map.of(), List.of());
    }

    /**
     * Writes the same as {@link #save(Path)} and the optimizer state: the optimizer's arrays for
     * each parameter of the trainer's model, masked or not, such as Adam's moments, and the number
     * of updates of each parameter. After {@link #load(Path, Optimizer)}, training continues bit
     * for bit.
     *
     * <p>The state of DJL's optimizers is saved, and that of other optimizers if it is held in
     * fields of type {@code Map<String, Map<Device, NDArray>>}, as {@code
     * Optimizer.withDefaultState} fills them. Other state and the optimizer's settings are not
     * saved. With several devices, the state on the device of the saved weights is written. The
     * file grows by the size of the arrays, which are written in pieces, so they need not fit in
     * the heap.
     *
     * @param path the file; must end in {@code .safetensors}; an existing file is replaced
     * @param optimizer the trainer's optimizer, {@code config.getOptimizer()}
     * @throws IOException if the file cannot be written
     * @throws IllegalArgumentException if the optimizer has state that cannot be saved: arrays that
     *     are not of 16, 32 or 64 bit floats, arrays in another kind of field, fields that are not
     *     accessible, or state of another model
     * @throws IllegalStateException if nothing is wrapped yet, the model is not initialized or was
     *     unwrapped, a refresh in the background found a weight that is not finite, a listener
     *     calls this method in {@code onTrainingBatch}, or no trainer with a listener of this
     *     Sparsifier was created yet
     */
    public void save(Path path, Optimizer optimizer) throws IOException {
        OptimizerState state = OptimizerState.of(optimizer, trainer(), position.getPoint().step());
        write(path, state.notes(), state.tensors());
    }

    private void write(Path path, Map<String, String> optimizer, List<TensorSource> tensors)
            throws IOException {
        new TrainingState(
                        position.getPointToSave(),
                        wrapped().getState(),
                        describeRules(),
                        TrainingState.stateOf(resolved.getTerms()),
                        optimizer)
                .toFile()
                .write(path, tensors);
    }

    /**
     * Restores the state that {@link #save(Path)} wrote. Call this method after the model's weights
     * were loaded and before the first training step. An optimizer state written by {@link
     * #save(Path, Optimizer)} is checked but not used. The rule's state, such as the factor of
     * {@link GradientRule#maskedDecay()}, is restored if rule and policy are those of the saved
     * run; otherwise, the rule starts without it, and a warning appears in the log.
     *
     * @param path the file
     * @throws IOException if the file cannot be read, is damaged or has a newer version; nothing
     *     has changed then
     * @throws IllegalArgumentException if the file belongs to another model or pattern; nothing has
     *     changed then
     * @throws IllegalStateException if nothing is wrapped yet, or the model is not initialized or
     *     was unwrapped
     */
    public synchronized void load(Path path) throws IOException {
        SparseBlock wrapped = wrapped();
        try (MaskFileReader file = MaskFileReader.open(path)) {
            restore(wrapped, TrainingState.of(file.getContent()));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(path + ": " + e.getMessage(), e);
        }
    }

    /**
     * Restores the state and the optimizer state that {@link #save(Path, Optimizer)} wrote. Call
     * this method after {@code model.newTrainer(config)}, after the model's weights were loaded,
     * and before the first training step. The optimizer must have the same class and the same
     * settings; its state, if any, is replaced. With several devices, each continues from the saved
     * state.
     *
     * @param path the file
     * @param optimizer the trainer's optimizer, {@code config.getOptimizer()}
     * @throws IOException if the file cannot be read, is damaged or has a newer version; nothing
     *     has changed then
     * @throws IllegalArgumentException if the file belongs to another model, pattern or optimizer,
     *     or was saved without optimizer state, or the optimizer's fields are not accessible;
     *     nothing has changed then
     * @throws IllegalStateException if nothing is wrapped yet, the model is not initialized or was
     *     unwrapped, or no trainer with a listener of this Sparsifier was created yet
     */
    public synchronized void load(Path path, Optimizer optimizer) throws IOException {
        SparseBlock wrapped = wrapped();
        Trainer current = trainer();
        try (MaskFileReader file = MaskFileReader.open(path)) {
            TrainingState state = TrainingState.of(file.getContent());
            try (OptimizerRestore prepared =
                    OptimizerRestore.of(optimizer, current, state.optimizer(), file)) {
                restore(wrapped, state);
                prepared.commit();
            }
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(path + ": " + e.getMessage(), e);
        }
    }

    /** Restores the whole state, or throws an IllegalArgumentException and changes nothing. */
    private void restore(SparseBlock wrapped, TrainingState state) {
        MaskState before = wrapped.getState();
        wrapped.restore(state.masks());
        boolean sameRules = state.rules().equals(describeRules());
        if (sameRules) {
            List<Map<String, String>> terms =
                    resolved.getTerms().stream().map(GradientTerm::getState).toList();
            try {
                restoreTerms(state::term);
            } catch (IllegalArgumentException e) {
                wrapped.restore(before);
                restoreTerms(terms::get);
                throw e;
            }
        }
        if (!sameRules && !state.terms().isEmpty()) {
            logger.warn(
                    "the rule's saved state is not restored because the rules differ: saved with"
                            + " {}, this run uses {}",
                    state.rules(),
                    describeRules());
        }
        position.moveTo(state.point());
        wrapped.plan(position.getAction());
    }

    private void restoreTerms(IntFunction<Map<String, String>> states) {
        List<GradientTerm> terms = resolved.getTerms();
        for (int i = 0; i < terms.size(); i++) {
            terms.get(i).restore(states.apply(i));
        }
    }

    /** The rules of all layers. Saved state is restored only if these are the same. */
    private String describeRules() {
        return Stream.concat(
                        Stream.of(rule.toString()),
                        policy.getEntries().stream()
                                .filter(entry -> entry.rule() != null)
                                .map(entry -> entry.layers() + ": " + entry.rule()))
                .collect(Collectors.joining("; "));
    }

    private String describeRule() {
        if (term == null || term.getFigures().isEmpty()) {
            return rule.toString();
        }
        return rule
                + term.getFigures().entrySet().stream()
                        .map(figure -> figure.getKey() + " " + figure.getValue().floatValue())
                        .collect(Collectors.joining(", ", " (", ")"));
    }

    private Trainer trainer() {
        Trainer last = trainer;
        if (last == null) {
            throw new IllegalStateException(
                    "no trainer yet: add newListener() to the training config and call"
                            + " model.newTrainer(config) first");
        }
        return last;
    }

    private SparseBlock wrapped() {
        SparseBlock wrapped = sparse;
        if (wrapped == null) {
            throw new IllegalStateException("nothing is wrapped yet: call wrap(block) first");
        }
        return wrapped;
    }

    @Override
    public String toString() {
        return "Sparsifier(pattern="
                + masks.pattern()
                + ", solver="
                + masks.solver().getName()
                + ", schedule="
                + position.getSchedule()
                + ", rule="
                + rule
                + ", layers="
                + layers
                + (policy == LayerPolicy.none() ? "" : ", policy=" + policy)
                + (background == null ? "" : ", refresh=" + background)
                + (chooser == null ? "" : ", kernel=" + chooser.getName())
                + (weightGradient.getSeed() == null ? "" : ", weightGradient=" + weightGradient)
                + ")";
    }

    /** Builds a {@link Sparsifier}. */
    public static final class Builder {

        private @Nullable NmPattern pattern;
        private MaskSolver solver = MaskSolver.auto();
        private MaskSchedule schedule = MaskSchedule.every(40);
        private GradientRule rule = GradientRule.masked();
        private LayerSelector layers = LayerSelector.all();
        private LayerPolicy policy = LayerPolicy.none();
        private int history = 10_000;
        private @Nullable BackgroundRefresh background;
        private @Nullable ProductKernelChooser chooser;
        private WeightGradient weightGradient = WeightGradient.exact();

        private Builder() {}

        /**
         * Sets the pattern of the masks.
         *
         * @param pattern the pattern; PyTorch's sparse GPU kernels require 2:4
         * @return this builder
         */
        public Builder setPattern(NmPattern pattern) {
            this.pattern = pattern;
            return this;
        }

        /**
         * Sets the solver that computes the masks.
         *
         * @param solver the solver; {@link MaskSolver#auto()} by default
         * @return this builder
         */
        public Builder optSolver(MaskSolver solver) {
            this.solver = solver;
            return this;
        }

        /**
         * Sets when the masks are refreshed.
         *
         * @param schedule the schedule; every 40 steps by default
         * @return this builder
         */
        public Builder optSchedule(MaskSchedule schedule) {
            this.schedule = schedule;
            return this;
        }

        /**
         * Sets how gradients pass through the masks.
         *
         * @param rule the rule; {@link GradientRule#masked()} by default, which suits every
         *     optimizer
         * @return this builder
         */
        public Builder optRule(GradientRule rule) {
            this.rule = rule;
            return this;
        }

        /**
         * Sets the schedule and the gradient rule to those of a recipe. A later call of {@link
         * #optSchedule} or {@link #optRule} replaces that part.
         *
         * @param recipe the recipe
         * @param steps the number of steps of the whole training, at least 1
         * @return this builder
         * @throws IllegalArgumentException if the number is less than 1
         */
        public Builder optRecipe(SparseRecipe recipe, long steps) {
            return optSchedule(recipe.schedule(steps)).optRule(recipe.getRule());
        }

        /**
         * Sets which layers get a mask.
         *
         * @param layers the selector; by default, every layer that can carry a mask
         * @return this builder
         */
        public Builder optLayers(LayerSelector layers) {
            this.layers = layers;
            return this;
        }

        /**
         * Sets a policy, which gives some layers a different pattern, solver and rule, or leaves
         * them dense. Layers that no entry of the policy selects get this builder's pattern, solver
         * and rule if {@link #optLayers} selects them.
         *
         * @param policy the policy; by default, all layers are treated alike
         * @return this builder
         */
        public Builder optPolicy(LayerPolicy policy) {
            this.policy = policy;
            return this;
        }

        /**
         * Computes new masks in another thread, while the next steps use the old masks.
         *
         * @param background the delay after which new masks are used; by default, masks are
         *     computed within the step at which their refresh is due
         * @return this builder
         */
        public Builder optBackground(BackgroundRefresh background) {
            this.background = background;
            return this;
        }

        /**
         * Sets the maximum size of {@link Sparsifier#getHistory()}.
         *
         * @param records the number of records, one per layer and refresh; 10 000 by default
         * @return this builder
         */
        public Builder optHistory(int records) {
            this.history = records;
            return this;
        }

        /**
         * Sets the kernel that computes the products of linear layers and ungrouped 2-D
         * convolutions with masks, in the forward and the backward pass. Their blocks are replaced
         * within the model until it is unwrapped; parameter names and files stay the same. If the
         * kernel cannot serve a layer, its products stay dense, and the report says why. Needs
         * DJL's PyTorch engine on Linux and x86-64.
         *
         * @param kernel the kernel; by default none, so all products are dense
         * @return this builder
         */
        public Builder optKernel(LinearKernel kernel) {
            return optKernelChooser(KernelChooser.always(kernel));
        }

        /**
         * Sets the chooser that picks a kernel for each layer, while {@link #optKernel} sets one
         * kernel for all layers. With {@link KernelChooser#fastest}, the first forward pass in
         * training and the first prediction benchmark the available kernels, layer by layer, and
         * keep the fastest. Layers for which no kernel is faster than the dense product stay dense.
         * Parameters and results keep their type.
         *
         * @param chooser the chooser; by default none, so all products are dense
         * @return this builder
         */
        public Builder optKernelChooser(KernelChooser chooser) {
            return optProductKernelChooser(ProductKernels.of(chooser));
        }

        /**
         * Sets how kernels compute the gradients of weights. {@link WeightGradient#sampled} needs
         * {@link #optKernel} or {@link #optKernelChooser}, and applies to the layers whose products
         * run in a kernel; the report names these.
         *
         * @param weightGradient the weight gradient; {@link WeightGradient#exact()} by default
         * @return this builder
         */
        public Builder optWeightGradient(WeightGradient weightGradient) {
            this.weightGradient = weightGradient;
            return this;
        }

        /** Sets the implementation of a chooser; tests pass their own. */
        Builder optProductKernelChooser(ProductKernelChooser chooser) {
            this.chooser = chooser;
            return this;
        }

        /**
         * Builds the Sparsifier.
         *
         * @return the Sparsifier
         * @throws IllegalArgumentException if the pattern is missing, a solver does not support its
         *     pattern, the history is negative, or the weight gradient is sampled without a kernel
         */
        public Sparsifier build() {
            if (pattern == null) {
                throw new IllegalArgumentException(
                        "pattern: must be set, such as NmPattern.of(2, 4)");
            }
            if (weightGradient.getSeed() != null && chooser == null) {
                throw new IllegalArgumentException(
                        "weight gradient "
                                + weightGradient
                                + ": needs a kernel, because only layers that run in one are"
                                + " sampled; set optKernel or optKernelChooser as well");
            }
            return new Sparsifier(this, pattern);
        }
    }
}
