package org.djlsparse.convert;

import ai.djl.Model;
import ai.djl.ndarray.NDList;
import ai.djl.nn.Block;
import ai.djl.training.dataset.Dataset;
import ai.djl.training.evaluator.Evaluator;
import ai.djl.translate.TranslateException;
import ai.djl.util.Progress;

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
 * Converts a trained dense model: gives its layers N:M masks, transposable by default, and changes
 * the weights that are left, and the biases, so that each layer's outputs on a few hundred samples
 * stay as near to the dense model's as they can. There is no training, and labels are not needed.
 *
 * <pre>{@code
 * AdaPrune adaPrune = AdaPrune.builder().setPattern(NmPattern.of(2, 4)).build();
 * System.out.println(adaPrune.convert(model, samples));
 * model.save(folder, "sparse"); // plain DJL: the zeros are in the weights
 * }</pre>
 *
 * <p>For each layer with inputs X and the inputs X' of the layer once it is converted, it minimizes
 * {@code || X W^T - X' (S * W')^T ||^2} over the kept weights W', S being the mask. (AdaPrune, of
 * Hubara et al., "Accelerated Sparse Neural Training", NeurIPS 2021, section 5, there by gradients
 * and with masks along rows.)
 *
 * <p>Fitted are DJL's {@code Linear}, {@code Conv1d} and ungrouped {@code Conv2d}. Weights of other
 * layers that can carry a mask, of TorchScript modules, and of layers that the samples do not reach
 * get a magnitude mask and nothing more; the report says so. Frozen weights stay dense unless a
 * selector names them or takes frozen ones, but for those of TorchScript modules; frozen biases
 * stay as they are.
 *
 * <p>Until all is done the model is not changed: a conversion that fails or is cancelled leaves it
 * as it was, to the bit. Immutable; one conversion at a time for a model, which must not be used
 * meanwhile. Needs DJL's PyTorch engine.
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
     * @param model the model, trained, not wrapped by a Sparsifier; it is changed
     * @param samples inputs for it, of the kind that it will see; labels are not read. The first
     *     dimension of the first array counts samples
     * @return what was done
     * @throws IOException if the samples cannot be read
     * @throws TranslateException if the samples cannot be prepared
     * @throws IllegalArgumentException as {@link #convert(Block, Iterable)} does
     * @throws IllegalStateException as that does
     * @throws UnsupportedOperationException as that does
     * @throws java.util.concurrent.CancellationException as that does
     */
    public AdaPruneReport convert(Model model, Dataset samples)
            throws IOException, TranslateException {
        return convert(model.getBlock(), samples);
    }

    /**
     * Converts a block.
     *
     * @param block the block, trained, not wrapped by a Sparsifier; its parameters are changed
     * @param samples inputs for it, as for {@link #convert(Model, Dataset)}
     * @return what was done
     * @throws IOException if the samples cannot be read
     * @throws TranslateException if the samples cannot be prepared
     * @throws IllegalArgumentException as {@link #convert(Block, Iterable)} does
     * @throws IllegalStateException as that does
     * @throws UnsupportedOperationException as that does
     * @throws java.util.concurrent.CancellationException as that does
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
     * @param block the block, trained, not wrapped by a Sparsifier; its parameters are changed
     * @param samples inputs for it, batch by batch; they are copied and not closed. The first
     *     dimension of the first array counts samples; arrays of another first dimension, such as a
     *     mask for all samples, are used as they are
     * @return what was done
     * @throws IllegalArgumentException if the block is not initialized or is wrapped, no layer can
     *     carry its pattern, a layer was named that cannot, there are no samples, the forward pass
     *     with them fails, or weights, or a layer's inputs, are not finite; the message says which.
     *     The block is as before then
     * @throws IllegalStateException if the validation data cannot be read; the same
     * @throws UnsupportedOperationException if statistics of batch norms are to be taken, and a
     *     batch norm does not tell the axis of its channels; the same
     * @throws java.util.concurrent.CancellationException if it was cancelled; the same
     */
    public AdaPruneReport convert(Block block, Iterable<NDList> samples) {
        SparseBlock.checkPlain(block);
        try (ConversionRun run = new ConversionRun(settings, block)) {
            return run.run(Calibration.of(samples, settings.samples(), run.getManager()));
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
         * Sets the pattern of the masks. Either this or {@link #setPatternChooser} is needed.
         *
         * @param pattern the pattern
         * @return this builder
         */
        public Builder setPattern(NmPattern pattern) {
            this.pattern = pattern;
            return this;
        }

        /**
         * Has the pattern of each layer that the policy does not choose set by the sparsity that
         * its weights have: for models that were pruned without structure.
         *
         * @param chooser the chooser
         * @return this builder
         */
        public Builder setPatternChooser(PatternChooser chooser) {
            this.chooser = chooser;
            return this;
        }

        /**
         * Sets the solver.
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
         * @param layers the selector; every layer that can carry a mask by default
         * @return this builder
         */
        public Builder optLayers(LayerSelector layers) {
            this.layers = layers;
            return this;
        }

        /**
         * Gives some layers a pattern and a solver of their own, or leaves them dense. The layers
         * that the policy does not choose get this builder's pattern and solver if {@link
         * #optLayers} chooses them. The policy's rules are for training, and do not matter here. A
         * weight that a pattern chooser leaves dense does not count as the first or the last.
         *
         * @param policy the policy; no difference between layers by default
         * @return this builder
         */
        public Builder optPolicy(LayerPolicy policy) {
            this.policy = policy;
            return this;
        }

        /**
         * Sets what masks keep most of. Once the kept weights are fitted, the scores differ little;
         * Wanda's was the best of most trials at 2:4 and takes no matrix factorization.
         *
         * @param score the score; {@link MaskScore#WANDA} by default
         * @return this builder
         */
        public Builder optScore(MaskScore score) {
            this.score = score;
            return this;
        }

        /**
         * Sets how the kept weights are found.
         *
         * @param method the method; the closed form by default
         * @return this builder
         */
        public Builder optMethod(ReconstructionMethod method) {
            this.method = method;
            return this;
        }

        /**
         * Sets which inputs layers are fitted to. The deeper the model, the more sequential wins:
         * in parallel the losses of layers add up.
         *
         * @param mode the mode; {@link CalibrationMode#SEQUENTIAL} by default
         * @return this builder
         */
        public Builder optMode(CalibrationMode mode) {
            this.mode = mode;
            return this;
        }

        /**
         * Sets how many samples are used at most; they are kept in memory, on the model's device.
         *
         * @param samples at least 1; 512 by default
         * @return this builder
         */
        public Builder optSamples(int samples) {
            this.samples = samples;
            return this;
        }

        /**
         * Sets how many positions, such as the tokens of a sentence or the pixels of an image, a
         * layer is fitted to at most, evenly chosen from all samples: so many for each input of an
         * output, and 4096 in any case. More cost time and seldom change much: a layer with n
         * inputs has n unknowns an output. Its errors are measured on these.
         *
         * @param positions at least 1; 8 by default
         * @return this builder
         */
        public Builder optPositionsPerInput(int positions) {
            this.positionsPerInput = positions;
            return this;
        }

        /**
         * Sets whether the statistics of batch norms are taken anew, from the samples.
         *
         * @param batchNorm true by default
         * @return this builder
         */
        public Builder optBatchNorm(boolean batchNorm) {
            this.batchNorm = batchNorm;
            return this;
        }

        /**
         * Measures the model before and after, and with magnitude masks alone.
         *
         * @param dataset data with labels; read three times
         * @param evaluators what to measure, such as a loss or {@code Accuracy}; at least one
         * @return this builder
         */
        public Builder optValidation(Dataset dataset, Evaluator... evaluators) {
            validation = new Validation(dataset, List.of(evaluators));
            return this;
        }

        /**
         * Sets whom to tell of the progress.
         *
         * @param progress such as DJL's {@code ProgressBar}
         * @return this builder
         */
        public Builder optProgress(Progress progress) {
            this.progress = progress;
            return this;
        }

        /**
         * Sets what ends a conversion early: it is asked before each forward pass and each layer.
         *
         * @param cancelled returns true to end it
         * @return this builder
         */
        public Builder optCancel(BooleanSupplier cancelled) {
            this.cancelled = cancelled;
            return this;
        }

        /**
         * Sets how much memory the sums of layers that are fitted together may take; a layer with n
         * inputs, taps counted, takes {@code 8 n^2} bytes and more. One layer is always fitted,
         * whatever it takes.
         *
         * @param bytes at least 1; 1 GiB by default
         * @return this builder
         */
        public Builder optSumBytes(long bytes) {
            this.sumBytes = bytes;
            return this;
        }

        /**
         * Sets about how much memory to work in beside that, for patches of convolutions and
         * matrices to factorize; one matrix, {@code 8 k^2} bytes for k kept inputs, must fit in any
         * case.
         *
         * @param bytes at least 1; 64 MiB by default
         * @return this builder
         */
        public Builder optScratchBytes(long bytes) {
            this.scratchBytes = bytes;
            return this;
        }

        /**
         * Builds the conversion.
         *
         * @return the conversion
         * @throws IllegalArgumentException if there is not one of pattern and chooser, the solver
         *     does not support a pattern, or a number is out of its range
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
