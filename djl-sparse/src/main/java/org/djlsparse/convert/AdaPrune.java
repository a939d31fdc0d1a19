package org.djlsparse.convert;

import ai.djl.Model;
import ai.djl.ndarray.NDList;
import ai.djl.nn.Block;
import ai.djl.training.dataset.Dataset;
import ai.djl.training.evaluator.Evaluator;
import ai.djl.translate.TranslateException;
import ai.djl.util.Progress;

import org.djlsparse.internal.convert.SampleCluster;
import org.djlsparse.internal.nn.MaskConfig;
import org.djlsparse.internal.nn.ResolvedPolicy;
import org.djlsparse.internal.nn.SparseBlock;
import org.djlsparse.layer.LayerPolicy;
import org.djlsparse.layer.LayerSelector;
import org.djlsparse.mask.MaskSolver;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.training.GradientFlow;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * Converts a trained dense model to a sparse one, without training and without labels. AdaPrune
 * gives the model's layers N:M masks, transposable by default, and fits the kept weights and the
 * biases so that each layer's outputs on a few hundred calibration samples are as close as possible
 * to those of the dense model.
 *
 * <pre>{@code
 * AdaPrune adaPrune = AdaPrune.builder().setPattern(NmPattern.of(2, 4)).build();
 * System.out.println(adaPrune.convert(model, samples));
 * model.save(folder, "sparse"); // a plain DJL model: pruned weights are zero
 * }</pre>
 *
 * <p>For each layer with weight W, mask S, inputs X in the dense model and inputs X' in the
 * converted model, it minimizes {@code || X W^T - X' (S * W')^T ||^2} over the kept weights W'.
 * (AdaPrune, from Hubara et al., "Accelerated Sparse Neural Training", NeurIPS 2021, section 5,
 * where gradients are used and masks are along rows.)
 *
 * <p>The weights of DJL's {@code Linear}, {@code Conv1d} and ungrouped {@code Conv2d} are fitted.
 * Weights of other layers that can carry a mask, of TorchScript modules, and of layers that no
 * sample reaches only get a magnitude mask; the report says so. Frozen weights stay dense unless a
 * selector names them or accepts frozen weights, or they belong to a TorchScript module; frozen
 * biases do not change.
 *
 * <p>The model is changed only at the end: a conversion that fails or is cancelled leaves it
 * unchanged, bit for bit. An AdaPrune is immutable. It may convert several models, but a model must
 * not be used during its conversion. AdaPrune needs DJL's PyTorch engine.
 */
public final class AdaPrune {

    private final AdaPruneSettings settings;

    private AdaPrune(AdaPruneSettings settings) {
        this.settings = settings;
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
     * Converts a model.
     *
     * @param model the model, trained and not wrapped by a Sparsifier; it is changed
     * @param samples representative inputs of the model; labels are not read. The first dimension
     *     of the first array counts samples
     * @return the report
     * @throws IOException if the samples cannot be read
     * @throws TranslateException if the samples cannot be prepared
     * @throws IllegalArgumentException see {@link #convert(Block, Iterable)}
     * @throws IllegalStateException see {@link #convert(Block, Iterable)}
     * @throws UnsupportedOperationException see {@link #convert(Block, Iterable)}
     * @throws java.util.concurrent.CancellationException see {@link #convert(Block, Iterable)}
     */
    public AdaPruneReport convert(Model model, Dataset samples)
            throws IOException, TranslateException {
        return convert(model.getBlock(), samples);
    }

    /**
     * Converts a block.
     *
     * @param block the block, trained and not wrapped by a Sparsifier; its parameters are changed
     * @param samples representative inputs, as for {@link #convert(Model, Dataset)}
     * @return the report
     * @throws IOException if the samples cannot be read
     * @throws TranslateException if the samples cannot be prepared
     * @throws IllegalArgumentException see {@link #convert(Block, Iterable)}
     * @throws IllegalStateException see {@link #convert(Block, Iterable)}
     * @throws UnsupportedOperationException see {@link #convert(Block, Iterable)}
     * @throws java.util.concurrent.CancellationException see {@link #convert(Block, Iterable)}
     */
    public AdaPruneReport convert(Block block, Dataset samples)
            throws IOException, TranslateException {
        SparseBlock.checkPlain(block);
        try (ConversionRun run = new ConversionRun(settings, block)) {
            return run.run(Calibration.of(samples, settings.samples(), run.getManager()));
        }
    }

    /**
     * Converts a block.
     *
     * @param block the block, trained and not wrapped by a Sparsifier; its parameters are changed
     * @param samples representative inputs, batch by batch; they are copied and not closed. The
     *     first dimension of the first array counts samples; arrays with a different first
     *     dimension, such as a mask for all samples, are used unchanged
     * @return the report
     * @throws IllegalArgumentException if the block is not initialized or is wrapped, no layer can
     *     carry its pattern, a named layer cannot carry its pattern, there are no samples, the
     *     forward pass with them fails, or weights or inputs of a layer are not finite; the message
     *     says which. The block is then unchanged
     * @throws IllegalStateException if the validation data cannot be read; the block is then
     *     unchanged
     * @throws UnsupportedOperationException if the statistics of a batch norm must be computed, but
     *     the axis of its channels cannot be read; the block is then unchanged
     * @throws java.util.concurrent.CancellationException if the conversion was cancelled; the block
     *     is then unchanged
     */
    public AdaPruneReport convert(Block block, Iterable<NDList> samples) {
        SparseBlock.checkPlain(block);
        try (ConversionRun run = new ConversionRun(settings, block)) {
            return samples instanceof SampleCluster cluster
                    ? run.run(cluster)
                    : run.run(Calibration.of(samples, settings.samples(), run.getManager()));
        }
    }

    @Override
    public String toString() {
        return settings.toString();
    }

    /** Builds an {@link AdaPrune}. */
    public static final class Builder {

        private @Nullable NmPattern pattern;
        private @Nullable PatternChooser chooser;
        private MaskSolver solver = MaskSolver.auto();
        private LayerSelector layers = LayerSelector.all();
        private LayerPolicy policy = LayerPolicy.none();
        private MaskScore score = MaskScore.WANDA;
        private ReconstructionMethod method = ReconstructionMethod.closedForm();
        private CalibrationMode mode = CalibrationMode.SEQUENTIAL;
        private int samples = 512;
        private int positionsPerInput = 8;
        private boolean batchNorm = true;
        private @Nullable Validation validation;
        private @Nullable Progress progress;
        private BooleanSupplier cancelled = () -> false;
        private long sumBytes = 1L << 30;
        private long scratchBytes = 64L << 20;

        private Builder() {}

        /**
         * Sets the pattern of the masks. Either a pattern or a {@link #setPatternChooser chooser}
         * is required.
         *
         * @param pattern the pattern
         * @return this builder
         */
        public Builder setPattern(NmPattern pattern) {
            this.pattern = pattern;
            return this;
        }

        /**
         * Sets a chooser that determines the pattern of each layer from the sparsity of its
         * weights, for models that were pruned without structure. It applies to the layers that the
         * policy does not select.
         *
         * @param chooser the chooser
         * @return this builder
         */
        public Builder setPatternChooser(PatternChooser chooser) {
            this.chooser = chooser;
            return this;
        }

        /**
         * Sets the solver that computes the masks.
         *
         * @param solver the solver; {@link MaskSolver#auto()} by default, whose masks are
         *     transposable; {@link MaskSolver#rowWise()} for masks along rows
         * @return this builder
         */
        public Builder optSolver(MaskSolver solver) {
            this.solver = solver;
            return this;
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
         * Sets a policy, which gives some layers a different pattern and solver, or leaves them
         * dense. Layers that no entry of the policy selects get this builder's pattern and solver
         * if {@link #optLayers} selects them. The policy's gradient rules have no effect on a
         * conversion. A weight that a pattern chooser leaves dense does not count as the first or
         * the last.
         *
         * @param policy the policy; by default, all layers are treated alike
         * @return this builder
         */
        public Builder optPolicy(LayerPolicy policy) {
            this.policy = policy;
            return this;
        }

        /**
         * Sets the score by which weights are kept: a mask keeps the weights with the largest total
         * score. After the kept weights are fitted, the scores differ little; Wanda's score was the
         * best in most trials at 2:4 and needs no matrix factorization.
         *
         * @param score the score; {@link MaskScore#WANDA} by default
         * @return this builder
         */
        public Builder optScore(MaskScore score) {
            this.score = score;
            return this;
        }

        /**
         * Sets the method that computes the kept weights.
         *
         * @param method the method; {@link ReconstructionMethod#closedForm()} by default
         * @return this builder
         */
        public Builder optMethod(ReconstructionMethod method) {
            this.method = method;
            return this;
        }

        /**
         * Sets whether layers are fitted in parallel or one after the other. The deeper the model,
         * the greater the advantage of the sequential mode, because in parallel mode the errors of
         * layers add up.
         *
         * @param mode the mode; {@link CalibrationMode#SEQUENTIAL} by default
         * @return this builder
         */
        public Builder optMode(CalibrationMode mode) {
            this.mode = mode;
            return this;
        }

        /**
         * Sets the maximum number of samples, which are kept in memory on the model's device.
         *
         * @param samples the number of samples, at least 1; 512 by default
         * @return this builder
         */
        public Builder optSamples(int samples) {
            this.samples = samples;
            return this;
        }

        /**
         * Sets the maximum number of positions to which a layer is fitted, such as the tokens of a
         * sentence or the pixels of an image, as a multiple of the number of inputs of an output.
         * At least 4096 positions are used in any case. They are chosen evenly from all samples,
         * and the layer's errors are measured on them. More positions cost time and rarely change
         * the result, because a layer with n inputs has only n unknowns per output.
         *
         * @param positions the number of positions per input, at least 1; 8 by default
         * @return this builder
         */
        public Builder optPositionsPerInput(int positions) {
            this.positionsPerInput = positions;
            return this;
        }

        /**
         * Sets whether the statistics of batch norms are recomputed from the samples.
         *
         * @param batchNorm {@code true} to recompute them, the default
         * @return this builder
         */
        public Builder optBatchNorm(boolean batchNorm) {
            this.batchNorm = batchNorm;
            return this;
        }

        /**
         * Sets data on which the dense model, the model with magnitude masks only, and the
         * converted model are evaluated.
         *
         * @param dataset the data with labels; read three times
         * @param evaluators the evaluators, such as a loss or {@code Accuracy}; at least one
         * @return this builder
         */
        public Builder optValidation(Dataset dataset, Evaluator... evaluators) {
            validation = new Validation(dataset, List.of(evaluators));
            return this;
        }

        /**
         * Sets the object to which progress is reported.
         *
         * @param progress the progress, such as DJL's {@code ProgressBar}; none by default
         * @return this builder
         */
        public Builder optProgress(Progress progress) {
            this.progress = progress;
            return this;
        }

        /**
         * Sets a condition that cancels a conversion. It is evaluated before each forward pass and
         * each layer.
         *
         * @param cancelled returns {@code true} to cancel the conversion
         * @return this builder
         */
        public Builder optCancel(BooleanSupplier cancelled) {
            this.cancelled = cancelled;
            return this;
        }

        /**
         * Sets the maximum memory for the sums of layers that are fitted together. A layer with n
         * inputs, including taps, needs at least {@code 8 n^2} bytes. A layer that exceeds the
         * limit is fitted alone.
         *
         * @param bytes the limit in bytes, at least 1; 1 GiB by default
         * @return this builder
         */
        public Builder optSumBytes(long bytes) {
            this.sumBytes = bytes;
            return this;
        }

        /**
         * Sets the approximate size of additional scratch memory, for patches of convolutions and
         * for matrices to factorize. One matrix, {@code 8 k^2} bytes for k kept inputs, is always
         * allocated.
         *
         * @param bytes the limit in bytes, at least 1; 64 MiB by default
         * @return this builder
         */
        public Builder optScratchBytes(long bytes) {
            this.scratchBytes = bytes;
            return this;
        }

        /**
         * Builds the AdaPrune.
         *
         * @return the AdaPrune
         * @throws IllegalArgumentException if not exactly one of pattern and chooser is set, the
         *     solver does not support a pattern, or a number is out of its range
         */
        public AdaPrune build() {
            if ((pattern == null) == (chooser == null)) {
                throw new IllegalArgumentException(
                        "pattern: a pattern or a pattern chooser must be set, such as"
                                + " NmPattern.of(2, 4)");
            }
            Checks.atLeastOne("samples", samples);
            Checks.atLeastOne("positionsPerInput", positionsPerInput);
            Checks.atLeastOne("sumBytes", sumBytes);
            Checks.atLeastOne("scratchBytes", scratchBytes);
            if (validation != null && validation.evaluators().isEmpty()) {
                throw new IllegalArgumentException("validation: must have at least one evaluator");
            }
            NmPattern widest = pattern != null ? pattern : NmPattern.of(chooser.m(), chooser.m());
            MaskConfig masks = new MaskConfig(widest, solver, GradientFlow.MASKED);
            return new AdaPrune(
                    new AdaPruneSettings(
                            ResolvedPolicy.of(policy, layers, masks, null),
                            chooser,
                            score,
                            method,
                            mode,
                            samples,
                            positionsPerInput,
                            batchNorm,
                            validation,
                            new ProgressSteps(progress),
                            cancelled,
                            sumBytes,
                            scratchBytes));
        }
    }
}
