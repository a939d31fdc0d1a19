package org.djlsparse;

import ai.djl.nn.Block;
import ai.djl.training.Trainer;
import ai.djl.training.listener.TrainingListener;
import ai.djl.training.optimizer.Optimizer;

import org.djlsparse.internal.nn.KernelReplacement;
import org.djlsparse.internal.nn.MaskConfig;
import org.djlsparse.internal.nn.MaskState;
import org.djlsparse.internal.nn.ResolvedPolicy;
import org.djlsparse.internal.nn.SparseBlock;
import org.djlsparse.internal.torch.LayerChooser;
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
import org.djlsparse.training.MaskMetrics;
import org.djlsparse.training.MaskSchedule;
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
 * Trains a DJL model with N:M masks, transposable by default. Two lines are added to a program, and
 * its training loop stays as it is:
 *
 * <pre>{@code
 * Sparsifier sparsifier = Sparsifier.builder().setPattern(NmPattern.of(2, 4)).build();
 * model.setBlock(sparsifier.wrap(block));                  // 1
 * config.addTrainingListeners(sparsifier.newListener());   // 2
 * EasyTrain.fit(trainer, epochs, train, validate);
 * System.out.println(sparsifier.report());
 * Block plain = sparsifier.unwrap(model.getBlock());       // zeros written in; plain DJL again
 * }</pre>
 *
 * <p>Method: Hubara, Chmiel, Island, Banner, Naor, Soudry, "Accelerated Sparse Neural Training: A
 * Provable and Efficient Method to Find N:M Transposable Masks", NeurIPS 2021.
 *
 * <p>A Sparsifier serves one model: it holds the model's masks and its place in the schedule, which
 * goes on when a second trainer follows the first.
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
    private final @Nullable LayerChooser chooser;
    private final @Nullable BackgroundRefresh background;
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
     * Wraps a block, so that its forward pass uses masked weights. The block may be initialized or
     * not, and may be a part of a larger one. With {@link Builder#optKernel} or {@link
     * Builder#optKernelChooser} the tree of blocks itself is changed, until it is unwrapped: linear
     * blocks and 1 x 1 convolutions in it are replaced.
     *
     * @param block the block
     * @return the block to give to the model
     * @throws IllegalStateException if this Sparsifier has wrapped a block before
     * @throws IllegalArgumentException if the block holds a wrapped one, is a module of the engine
     *     that shows no parameters, or a layer was named that does not exist or cannot carry the
     *     pattern; the tree is as before then
     */
    public synchronized Block wrap(Block block) {
        if (sparse != null) {
            throw new IllegalStateException(
                    "this Sparsifier has already wrapped a block: build one Sparsifier per model");
        }
        KernelReplacement prepared = chooser == null ? null : new KernelReplacement(block, chooser);
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

    /**
     * Creates the listener that counts training steps, says when masks are refreshed, and adds the
     * rule's term to the gradients. It notes each refresh in the history, and in the trainer's
     * metrics, if it has any ({@link MaskMetrics}). Without it masks are made once and kept, with a
     * warning in the log after 100 forward passes, and in the report.
     *
     * <p>DJL calls it after each batch's backward pass, before the optimizer's step. A loop that
     * does not use {@code EasyTrain} must do the same: {@code trainer.notifyListeners(listener ->
     * listener.onTrainingBatch(trainer, batchData))}; and {@code listener.onEpoch(trainer)} at the
     * end of each epoch, for schedules that count epochs.
     *
     * @return the listener, for one trainer
     */
    public TrainingListener newListener() {
        return new SparseTrainingListener(
                this::checked, position, history, begun -> trainer = begun);
    }

    /**
     * The wrapped block, as the listener asks for it after each backward pass: an error in there
     * ends training before the optimizer's step.
     */
    private @Nullable SparseBlock checked() {
        KernelReplacement replaced = kernels;
        if (replaced != null) {
            replaced.check();
        }
        return sparse;
    }

    /**
     * Returns the plain block again, with the zeros of its masks written into its parameters; none
     * is a negative zero. It predicts as the wrapped one did, to the bit. If the model runs dense
     * at that moment, in a warm-up or after {@code denseFrom}, nothing is written.
     *
     * @param block what {@link #wrap} returned, as {@code model.getBlock()} gives it
     * @return the block that was wrapped
     * @throws IllegalArgumentException if the block is not the one that this Sparsifier wrapped
     * @throws IllegalStateException if a weight that has a mask is not finite; nothing has changed
     *     then
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
     * Reports on each parameter of the wrapped model. Makes masks if the model is initialized and
     * has none yet; that counts as a refresh.
     *
     * @return the report; its text is a table
     * @throws IllegalStateException if nothing is wrapped yet, a weight is not finite, or the model
     *     was unwrapped
     */
    public SparsityReport report() {
        SparseBlock wrapped = wrapped();
        List<LayerSparsity> reported = wrapped.getLayers(); // makes masks if there are none yet
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
     * Returns the masks now in use; makes them if the model is initialized and has none yet.
     *
     * @return the masks by parameter name, in the model's order; a weight that several blocks share
     *     is there once, by its first name. Empty while the model runs dense
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
     * Returns what refreshes did to each layer: how much of its mask changed, how much magnitude it
     * keeps, and the time. Only refreshes of training with a listener are noted.
     *
     * @return the last refreshes, oldest first; as many as {@link Builder#optHistory} says
     */
    public List<LayerRefresh> getHistory() {
        return history.getRecords();
    }

    /**
     * Returns the times that {@link KernelChooser#fastest} chose the kernels by.
     *
     * @return the trials of each layer's products, in no order; empty without such a chooser, or if
     *     no layer has run yet
     */
    public List<LayerTrials> getKernelTrials() {
        return chooser == null ? List.of() : chooser.getTrials();
    }

    /**
     * Writes the masks, the place in the schedule and what the rule has learned to a file, all of
     * it or nothing. To be called between two training steps; by a listener, in {@code onEpoch},
     * such as in the callback of {@code SaveModelTrainingListener}, whichever listener was added
     * first. The model's weights are saved as always, by {@code model.save}.
     *
     * @param path the file; must end in {@code .safetensors}; one that is there is replaced
     * @throws IOException if it cannot be written
     * @throws IllegalStateException if nothing is wrapped yet, the model is not initialized or was
     *     unwrapped, a refresh in the background met a weight that is not finite, or a listener
     *     calls it in {@code onTrainingBatch}
     */
    public void save(Path path) throws IOException {
        write(path, Map.of(), List.of());
    }

    /**
     * Writes the same, and what the optimizer has learned: its arrays for each parameter of the
     * trainer's model, masked or not, such as Adam's moments, and how often it has updated each.
     * With {@link #load(Path, Optimizer)} training then goes on to the bit.
     *
     * <p>Kept is the state of DJL's optimizers, and of others that have it in fields of type {@code
     * Map<String, Map<Device, NDArray>>}, as {@code Optimizer.withDefaultState} fills them; nothing
     * else that an optimizer may hold, nor its settings. Of several devices the state on that of
     * the saved weights is kept. The file grows by the size of the arrays, which are written in
     * pieces: the heap need not hold them.
     *
     * @param path the file; must end in {@code .safetensors}; one that is there is replaced
     * @param optimizer the one that the trainer uses, {@code config.getOptimizer()}
     * @throws IOException if it cannot be written
     * @throws IllegalArgumentException if the optimizer has state that cannot be kept: arrays of
     *     other types than 16, 32 and 64 bit floats, in another kind of field, out of reach, or of
     *     another model
     * @throws IllegalStateException if nothing is wrapped yet, the model is not initialized or was
     *     unwrapped, a refresh in the background met a weight that is not finite, a listener calls
     *     it in {@code onTrainingBatch}, or there was no trainer yet that has a listener of this
     *     Sparsifier
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
     * Goes on from a file that {@link #save(Path)} wrote. To be called when the model has its
     * weights again, before the first training step. What {@link #save(Path, Optimizer)} has kept
     * of an optimizer is checked, but not used. What a rule has learned, such as the factor of
     * {@link GradientRule#maskedDecay()}, is taken over if rule and policy are those of the saved
     * run; if not, the rule begins anew, with a warning in the log.
     *
     * @param path the file
     * @throws IOException if it cannot be read, is damaged or of a newer version; nothing has
     *     changed then
     * @throws IllegalArgumentException if it is of another model or pattern; nothing has changed
     *     then
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
     * Goes on from a file that {@link #save(Path, Optimizer)} wrote. To be called after {@code
     * model.newTrainer(config)}, when the model has its weights again, and before the first
     * training step. The optimizer must be of the same class and have the same settings; its state,
     * if it has any, is replaced. On several devices all go on from what was saved of one.
     *
     * @param path the file
     * @param optimizer the one that the trainer uses, {@code config.getOptimizer()}
     * @throws IOException if it cannot be read, is damaged or of a newer version; nothing has
     *     changed then
     * @throws IllegalArgumentException if it is of another model, pattern or optimizer, or was
     *     saved without one, or the optimizer is out of reach; nothing has changed then
     * @throws IllegalStateException if nothing is wrapped yet, the model is not initialized or was
     *     unwrapped, or there was no trainer yet that has a listener of this Sparsifier
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

    /** Restores all of it, or throws an IllegalArgumentException and changes nothing. */
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
                    "what the rule had learned is not taken over, since the rules differ: the state"
                            + " is of {}, this is {}",
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

    /** The rules of all layers: only their own state is of use to them. */
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
        private @Nullable LayerChooser chooser;

        private Builder() {}

        /**
         * Sets the pattern of the masks.
         *
         * @param pattern the pattern; PyTorch's sparse kernels run 2:4
         * @return this builder
         */
        public Builder setPattern(NmPattern pattern) {
            this.pattern = pattern;
            return this;
        }

        /**
         * Sets the solver.
         *
         * @param solver the solver; {@link MaskSolver#auto()} by default
         * @return this builder
         */
        public Builder optSolver(MaskSolver solver) {
            this.solver = solver;
            return this;
        }

        /**
         * Sets when masks are refreshed.
         *
         * @param schedule the schedule; every 40 steps by default
         * @return this builder
         */
        public Builder optSchedule(MaskSchedule schedule) {
            this.schedule = schedule;
            return this;
        }

        /**
         * Sets how gradients pass the masks.
         *
         * @param rule the rule; masked by default, which suits every optimizer
         * @return this builder
         */
        public Builder optRule(GradientRule rule) {
            this.rule = rule;
            return this;
        }

        /**
         * Sets which layers get a mask.
         *
         * @param layers the selector; every layer that can carry a mask by default
         * @return this builder
         */
        public Builder optLayers(LayerSelector layers) {
            this.layers = layers;
            return this;
        }

        /**
         * Gives some layers a pattern, a solver and a rule of their own, or leaves them dense. What
         * the policy does not choose gets this builder's pattern, solver and rule, as far as {@link
         * #optLayers} chooses it.
         *
         * @param policy the policy; no difference between layers by default
         * @return this builder
         */
        public Builder optPolicy(LayerPolicy policy) {
            this.policy = policy;
            return this;
        }

        /**
         * Finds new masks in another thread while the next steps run with the old ones.
         *
         * @param background how late new masks may be used; by default a step whose refresh is due
         *     waits for it
         * @return this builder
         */
        public Builder optBackground(BackgroundRefresh background) {
            this.background = background;
            return this;
        }

        /**
         * Sets how much {@link Sparsifier#getHistory()} remembers.
         *
         * @param records the number of records, one a layer and refresh; 10 000 by default
         * @return this builder
         */
        public Builder optHistory(int records) {
            this.history = records;
            return this;
        }

        /**
         * Sets what runs the products of linear layers and 1 x 1 convolutions, in both passes,
         * while they have masks. For that their blocks are replaced within the model until it is
         * unwrapped; names and files stay the same. Where the kernel cannot serve a layer, its
         * products stay dense and the report says why. Needs DJL's PyTorch engine on Linux and
         * x86-64.
         *
         * @param kernel the kernel; by default none, and all products are dense
         * @return this builder
         */
        public Builder optKernel(LinearKernel kernel) {
            return optKernelChooser(KernelChooser.always(kernel));
        }

        /**
         * Sets what chooses a kernel for each layer, as {@link #optKernel} sets one for all. With
         * {@link KernelChooser#fastest} the first forward pass in training, and the first
         * prediction, try the kernels that there are, layer by layer, and keep the fastest; what is
         * not faster than dense stays dense. Parameters and results keep their type.
         *
         * @param chooser the chooser; by default none, and all products are dense
         * @return this builder
         */
        public Builder optKernelChooser(KernelChooser chooser) {
            return optLayerChooser(LayerChooser.of(chooser));
        }

        /** Sets the implementation of a chooser; tests have their own. */
        Builder optLayerChooser(LayerChooser chooser) {
            this.chooser = chooser;
            return this;
        }

        /**
         * Builds the Sparsifier.
         *
         * @return the Sparsifier
         * @throws IllegalArgumentException if the pattern is missing, a solver does not support its
         *     pattern, or the history is negative
         */
        public Sparsifier build() {
            if (pattern == null) {
                throw new IllegalArgumentException(
                        "pattern: must be set, such as NmPattern.of(2, 4)");
            }
            return new Sparsifier(this, pattern);
        }
    }
}
