package org.djlsparse.kotlin

import ai.djl.training.dataset.Dataset
import ai.djl.training.evaluator.Evaluator
import ai.djl.util.Progress
import org.djlsparse.convert.AdaPrune
import org.djlsparse.convert.CalibrationMode
import org.djlsparse.convert.MaskScore
import org.djlsparse.convert.PatternChooser
import org.djlsparse.convert.ReconstructionMethod
import org.djlsparse.layer.LayerPolicy
import org.djlsparse.layer.LayerSelector
import org.djlsparse.mask.MaskSolver
import org.djlsparse.mask.NmPattern

/**
 * The settings of an [AdaPrune]. Properties that are null have the defaults of [AdaPrune.Builder].
 *
 * @sample org.djlsparse.kotlin.samples.convertTrainedModel
 */
@SparseDsl
public class AdaPruneScope internal constructor() {

    private val builder = AdaPrune.builder()
    private val methods = Made<ReconstructionMethod>("method")

    /** The pattern of the masks. Either this or [patternChooser] must be set. */
    public var pattern: NmPattern? = null

    /** The chooser of each layer's pattern, for models that were pruned without structure. */
    public var patternChooser: PatternChooser? = null

    /** The solver that computes the masks; [MaskSolver.auto] by default. */
    public var solver: MaskSolver? = null

    /** The layers that get a mask; by default every layer that can carry one. */
    public var layers: LayerSelector? = null

    /** The policy that gives some layers a different pattern and solver; none by default. */
    public var policy: LayerPolicy? = null

    /** The score of which masks keep the largest sum; [MaskScore.WANDA] by default. */
    public var score: MaskScore? = null

    /** The method that computes the kept weights; [closedForm] by default. */
    public var method: ReconstructionMethod? = null

    /** The inputs to which layers are fitted; [CalibrationMode.SEQUENTIAL] by default. */
    public var mode: CalibrationMode? = null

    /** The maximum number of samples, at least 1; 512 by default. */
    public var samples: Int? = null

    /**
     * The maximum number of positions to which a layer is fitted, for each of its inputs; 8 by
     * default. At least 4096 positions are used in any case.
     */
    public var positionsPerInput: Int? = null

    /** Whether the statistics of batch norms are recomputed from the samples; true by default. */
    public var batchNorm: Boolean? = null

    /** The object to which progress is reported; none by default. */
    public var progress: Progress? = null

    /**
     * The maximum size in bytes of the sums of layers that are fitted together; 1 GiB by default.
     */
    public var sumBytes: Long? = null

    /** The approximate size in bytes of additional scratch memory; 64 MiB by default. */
    public var scratchBytes: Long? = null

    /** Sets which layers get a mask. */
    public fun layers(block: LayersScope.() -> Unit) {
        layers = layerSelector(block)
    }

    /**
     * Sets the policy, which gives some layers a different pattern and solver; rules have no
     * effect.
     */
    public fun policy(block: PolicyScope.() -> Unit) {
        policy = layerPolicy(block)
    }

    /**
     * Sets data on which the dense model, the model with magnitude masks only, and the converted
     * model are evaluated.
     *
     * @param dataset the data with labels; read three times
     * @param evaluators the evaluators, such as a loss or `Accuracy`; at least one
     */
    public fun validation(dataset: Dataset, vararg evaluators: Evaluator) {
        builder.optValidation(dataset, *evaluators)
    }

    /**
     * Sets a condition that cancels a conversion.
     *
     * @param cancelled evaluated before each forward pass and each layer; returns true to cancel
     */
    public fun cancelWhen(cancelled: () -> Boolean) {
        builder.optCancel(cancelled)
    }

    /**
     * The method that solves the least-squares problem of each output.
     *
     * @param damping the strength with which weights are pulled toward the dense ones, positive
     * @throws IllegalArgumentException if it is not positive or not finite
     */
    public fun closedForm(
        damping: Double = ReconstructionMethod.DEFAULT_DAMPING
    ): ReconstructionMethod = methods.of(ReconstructionMethod.closedForm(damping))

    /** The method of the code published with the paper: Adam, with the paper's settings. */
    public fun adam(): ReconstructionMethod = methods.of(ReconstructionMethod.adam())

    /**
     * The method of the code published with the paper: Adam on minibatches.
     *
     * @param steps the number of steps, at least 1
     * @param batch the number of positions in a minibatch, at least 1
     * @param weightRate the learning rate of the weights, positive
     * @param biasRate the learning rate of the bias, positive
     * @throws IllegalArgumentException if a number is out of its range
     */
    public fun adam(
        steps: Int,
        batch: Int,
        weightRate: Double,
        biasRate: Double,
    ): ReconstructionMethod =
        methods.of(ReconstructionMethod.adam(steps, batch, weightRate, biasRate))

    /** The method that does not change the kept weights, [ReconstructionMethod.maskOnly]. */
    public fun maskOnly(): ReconstructionMethod = methods.of(ReconstructionMethod.maskOnly())

    internal fun build(): AdaPrune {
        methods.check(method) { it.name }
        pattern?.let(builder::setPattern)
        patternChooser?.let(builder::setPatternChooser)
        solver?.let(builder::optSolver)
        layers?.let(builder::optLayers)
        policy?.let(builder::optPolicy)
        score?.let(builder::optScore)
        method?.let(builder::optMethod)
        mode?.let(builder::optMode)
        samples?.let(builder::optSamples)
        positionsPerInput?.let(builder::optPositionsPerInput)
        batchNorm?.let(builder::optBatchNorm)
        progress?.let(builder::optProgress)
        sumBytes?.let(builder::optSumBytes)
        scratchBytes?.let(builder::optScratchBytes)
        return builder.build()
    }
}

/**
 * Builds an [AdaPrune], which converts trained models.
 *
 * @throws IllegalArgumentException if not exactly one of pattern and chooser is set, a value is out
 *   of its range, or a method was created but not set
 */
public fun adaPrune(block: AdaPruneScope.() -> Unit): AdaPrune =
    AdaPruneScope().apply(block).build()
