package org.djlsparse.kotlin

import ai.djl.ndarray.types.DataType
import org.djlsparse.Sparsifier
import org.djlsparse.kernel.KernelChooser
import org.djlsparse.kernel.LinearKernel
import org.djlsparse.layer.LayerPolicy
import org.djlsparse.layer.LayerSelector
import org.djlsparse.training.BackgroundRefresh
import org.djlsparse.training.MaskSchedule
import org.djlsparse.training.SparseRecipe
import org.djlsparse.training.WeightGradient

/**
 * The settings of a [Sparsifier]. Properties that are null have the defaults of
 * [Sparsifier.Builder]. A function with a block, such as [layers], sets the property of the same
 * name; the last of several calls applies.
 *
 * @sample org.djlsparse.kotlin.samples.allSettings
 */
@SparseDsl
public class SparsifierScope internal constructor() : MaskScope() {

    private val choosers = Made<KernelChooser>("kernelChooser")
    private val weightGradients = Made<WeightGradient>("weightGradient")

    /** The layers that get a mask; by default every layer that can carry one. */
    public var layers: LayerSelector? = null

    /** The policy that gives some layers a different pattern, solver and rule; none by default. */
    public var policy: LayerPolicy? = null

    /** The schedule of refreshes; every 40 steps by default. */
    public var schedule: MaskSchedule? = null

    /**
     * The settings of refreshes in the background; by default, masks are computed within the step.
     */
    public var background: BackgroundRefresh? = null

    /** The maximum number of records in [Sparsifier.getHistory]; 10 000 by default. */
    public var history: Int? = null

    /**
     * The kernel of all layers that it can serve; setting it also sets [kernelChooser]. None by
     * default.
     */
    public var kernel: LinearKernel? = null
        set(value) {
            field = value
            kernelChooser = value?.let(KernelChooser::always)
        }

    /**
     * The chooser of each layer's kernel; by default, all products are dense. If [kernel] is also
     * set, the later assignment applies.
     */
    public var kernelChooser: KernelChooser? = null

    /**
     * How kernels compute the gradients of weights; by default exactly. If it is [sampled], a
     * kernel must be set, too.
     */
    public var weightGradient: WeightGradient? = null

    /** Sets which layers get a mask. */
    public fun layers(block: LayersScope.() -> Unit) {
        layers = layerSelector(block)
    }

    /** Sets the policy, which gives some layers a different pattern, solver and rule. */
    public fun policy(block: PolicyScope.() -> Unit) {
        policy = layerPolicy(block)
    }

    /** Sets when masks are refreshed. */
    public fun schedule(block: ScheduleScope.() -> Unit) {
        schedule = maskSchedule(block)
    }

    /**
     * Sets the schedule and the rule to those of a recipe: `recipe(SparseRecipe.staySparse(),
     * 10_000)`. Later assignments of [schedule] or [rule] replace that part.
     *
     * @param recipe the recipe, such as one of [sparseRecipe]
     * @param steps the number of steps of the whole training, at least 1
     * @throws IllegalArgumentException if it is less
     */
    public fun recipe(recipe: SparseRecipe, steps: Long) {
        schedule = recipe.schedule(steps)
        rule = recipe.rule
    }

    /** Computes new masks in another thread: `background { within(20) }`. */
    public fun background(block: BackgroundScope.() -> BackgroundRefresh) {
        background = BackgroundScope.block()
    }

    /**
     * The chooser that benchmarks the kernels of one type and picks the fastest for each layer.
     *
     * @param type float16 or bfloat16
     * @throws IllegalArgumentException if it is another type
     */
    public fun fastest(type: DataType): KernelChooser = choosers.of(KernelChooser.fastest(type))

    /**
     * The chooser that benchmarks the kernels of each layer's type and picks the fastest:
     * [LinearKernel.cpuSparse] for float32 on the CPU, or sparse tensor cores for float16 on a GPU.
     */
    public fun fastest(): KernelChooser = choosers.of(KernelChooser.fastest())

    /**
     * The weight gradient from sampled output gradients, [WeightGradient.sampled].
     *
     * @param seed the seed
     */
    public fun sampled(seed: Long): WeightGradient =
        weightGradients.of(WeightGradient.sampled(seed))

    internal fun build(): Sparsifier {
        checkRule()
        choosers.check(kernelChooser) { it.toString() }
        weightGradients.check(weightGradient) { it.toString() }
        val builder = Sparsifier.builder()
        pattern?.let(builder::setPattern)
        solver?.let(builder::optSolver)
        rule?.let(builder::optRule)
        layers?.let(builder::optLayers)
        policy?.let(builder::optPolicy)
        schedule?.let(builder::optSchedule)
        background?.let(builder::optBackground)
        history?.let(builder::optHistory)
        kernelChooser?.let(builder::optKernelChooser)
        weightGradient?.let(builder::optWeightGradient)
        return builder.build()
    }
}

/** The delay after which masks that are computed in another thread are used. */
@SparseDsl
public object BackgroundScope {

    /**
     * Uses new masks as soon as they are computed.
     *
     * @param steps the maximum delay in steps, at least 1
     * @throws IllegalArgumentException if it is less
     */
    public fun within(steps: Int): BackgroundRefresh = BackgroundRefresh.within(steps)

    /**
     * Uses new masks after a fixed number of steps, so that runs are reproducible.
     *
     * @param steps the delay in steps, at least 1
     * @throws IllegalArgumentException if it is less
     */
    public fun after(steps: Int): BackgroundRefresh = BackgroundRefresh.after(steps)
}

/**
 * Builds a [Sparsifier].
 *
 * @throws IllegalArgumentException if the pattern is missing, a value is out of its range, or a
 *   rule, a chooser or a weight gradient was created but not set
 * @sample org.djlsparse.kotlin.samples.trainInTwoLines
 */
public fun sparsifier(block: SparsifierScope.() -> Unit): Sparsifier =
    SparsifierScope().apply(block).build()
