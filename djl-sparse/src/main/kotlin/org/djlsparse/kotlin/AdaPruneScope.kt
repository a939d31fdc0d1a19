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
 * The settings of an [AdaPrune]. What is left null has [AdaPrune.Builder]'s default.
 *
 * @sample org.djlsparse.kotlin.samples.convertTrainedModel
 */
@SparseDsl
public class AdaPruneScope internal constructor() {

    private val builder = AdaPrune.builder()
    private val methods = Made<ReconstructionMethod>("method")

    /** The pattern of the masks. Either this or [patternChooser] must be set. */
    public var pattern: NmPattern? = null

    /** What chooses the pattern of each layer, for models that were pruned without structure. */
    public var patternChooser: PatternChooser? = null

    /** What finds the masks; [MaskSolver.auto] by default. */
    public var solver: MaskSolver? = null

    /** Which layers get a mask; by default every layer that can carry one. */
    public var layers: LayerSelector? = null

    /** Which layers get a pattern and a solver of their own; none by default. */
    public var policy: LayerPolicy? = null

    /** What masks keep most of; [MaskScore.WANDA] by default. */
    public var score: MaskScore? = null

    /** How the kept weights are found; [closedForm] by default. */
    public var method: ReconstructionMethod? = null

    /** Which inputs layers are fitted to; [CalibrationMode.SEQUENTIAL] by default. */
    public var mode: CalibrationMode? = null

    /** How many samples are used at most, at least 1; 512 by default. */
    public var samples: Int? = null

    /**
     * How many positions a layer is fitted to at most, for each of its inputs; 8 by default, and
     * 4096 in any case.
     */
    public var positionsPerInput: Int? = null

    /** Whether the statistics of batch norms are taken anew, from the samples; true by default. */
    public var batchNorm: Boolean? = null

    /** Whom to tell of the progress; nobody by default. */
    public var progress: Progress? = null

    /** How many bytes the sums of layers that are fitted together may take; 1 GiB by default. */
    public var sumBytes: Long? = null

    /** About how many bytes to work in beside that; 64 MiB by default. */
    public var scratchBytes: Long? = null

    /** Sets which layers get a mask. */
    public fun layers(block: LayersScope.() -> Unit) {
        layers = layerSelector(block)
    }

    /** Sets which layers get a pattern and a solver of their own; rules do not matter here. */
    public fun policy(block: PolicyScope.() -> Unit) {
        policy = layerPolicy(block)
    }

    /**
     * Measures the model before and after, and with magnitude masks alone.
     *
     * @param dataset data with labels; read three times
     * @param evaluators what to measure, such as a loss or `Accuracy`; at least one
     */
    public fun validation(dataset: Dataset, vararg evaluators: Evaluator) {
        builder.optValidation(dataset, *evaluators)
    }

    /**
     * Sets what ends a conversion early.
     *
     * @param cancelled asked before each forward pass and each layer; returns true to end it
     */
    public fun cancelWhen(cancelled: () -> Boolean) {
        builder.optCancel(cancelled)
    }

    /**
     * The method that solves the least-squares problem of each output.
     *
     * @param damping how strongly weights are drawn to the dense ones, positive
     * @throws IllegalArgumentException if it is not
     */
    public fun closedForm(
        damping: Double = ReconstructionMethod.DEFAULT_DAMPING
    ): ReconstructionMethod = methods.of(ReconstructionMethod.closedForm(damping))

    /** The method of the paper's code: Adam, with the paper's settings. */
    public fun adam(): ReconstructionMethod = methods.of(ReconstructionMethod.adam())

    /**
     * The method of the paper's code: Adam on minibatches.
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

    /** The method that leaves the kept weights as they are, [ReconstructionMethod.maskOnly]. */
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
 * @throws IllegalArgumentException if there is not one of pattern and chooser, a value is out of
 *   its range, or a method was made and not set
 */
public fun adaPrune(block: AdaPruneScope.() -> Unit): AdaPrune =
    AdaPruneScope().apply(block).build()
