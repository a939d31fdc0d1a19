package org.djlsparse.kotlin

import ai.djl.ndarray.types.DataType
import org.djlsparse.Sparsifier
import org.djlsparse.kernel.KernelChooser
import org.djlsparse.kernel.LinearKernel
import org.djlsparse.layer.LayerPolicy
import org.djlsparse.layer.LayerSelector
import org.djlsparse.training.BackgroundRefresh
import org.djlsparse.training.MaskSchedule

/**
 * The settings of a [Sparsifier]. What is left null has [Sparsifier.Builder]'s default. A setting
 * with a block, such as [layers], sets the property of the same name; of several calls the last
 * decides.
 *
 * @sample org.djlsparse.kotlin.samples.allSettings
 */
@SparseDsl
public class SparsifierScope internal constructor() : MaskScope() {

    private val choosers = Made<KernelChooser>("kernelChooser")

    /** Which layers get a mask; by default every layer that can carry one. */
    public var layers: LayerSelector? = null

    /** Which layers get a pattern, a solver and a rule of their own; none by default. */
    public var policy: LayerPolicy? = null

    /** When masks are refreshed; every 40 steps by default. */
    public var schedule: MaskSchedule? = null

    /** How late new masks may be used; by default a step whose refresh is due waits for it. */
    public var background: BackgroundRefresh? = null

    /** How many refreshes of layers [Sparsifier.getHistory] remembers; 10 000 by default. */
    public var history: Int? = null

    /**
     * The kernel of all layers that it can serve: a choice for [kernelChooser]. None by default.
     */
    public var kernel: LinearKernel? = null
        set(value) {
            field = value
            kernelChooser = value?.let(KernelChooser::always)
        }

    /**
     * What chooses the kernel of each layer; by default all products are dense. Of this and
     * [kernel] the one that is set last decides.
     */
    public var kernelChooser: KernelChooser? = null

    /** Sets which layers get a mask. */
    public fun layers(block: LayersScope.() -> Unit) {
        layers = layerSelector(block)
    }

    /** Sets which layers get a pattern, a solver and a rule of their own. */
    public fun policy(block: PolicyScope.() -> Unit) {
        policy = layerPolicy(block)
    }

    /** Sets when masks are refreshed. */
    public fun schedule(block: ScheduleScope.() -> Unit) {
        schedule = maskSchedule(block)
    }

    /** Has masks found in another thread: `background { within(20) }`. */
    public fun background(block: BackgroundScope.() -> BackgroundRefresh) {
        background = BackgroundScope.block()
    }

    /**
     * The chooser that benchmarks the kernels that compute in a type and takes the fastest for each
     * layer.
     *
     * @param type float16 or bfloat16
     * @throws IllegalArgumentException if it is another type
     */
    public fun fastest(type: DataType): KernelChooser = choosers.of(KernelChooser.fastest(type))

    /**
     * The chooser that benchmarks the kernels that compute in the layer's own type and takes the
     * fastest for each layer: [LinearKernel.cpuSparse] for float32 on the CPU, sparse tensor cores
     * for float16 on a GPU.
     */
    public fun fastest(): KernelChooser = choosers.of(KernelChooser.fastest())

    internal fun build(): Sparsifier {
        checkRule()
        choosers.check(kernelChooser) { it.toString() }
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
        return builder.build()
    }
}

/** How late masks that are found in another thread may be used. */
@SparseDsl
public object BackgroundScope {

    /**
     * Uses new masks as soon as they are there.
     *
     * @param steps the most steps that they may come late, at least 1
     * @throws IllegalArgumentException if it is less
     */
    public fun within(steps: Int): BackgroundRefresh = BackgroundRefresh.within(steps)

    /**
     * Uses new masks a fixed number of steps late, so that equal runs stay equal.
     *
     * @param steps the number of steps, at least 1
     * @throws IllegalArgumentException if it is less
     */
    public fun after(steps: Int): BackgroundRefresh = BackgroundRefresh.after(steps)
}

/**
 * Builds a [Sparsifier].
 *
 * @throws IllegalArgumentException if the pattern is missing, a value is out of its range, or a
 *   rule or a chooser was made and not set
 * @sample org.djlsparse.kotlin.samples.trainInTwoLines
 */
public fun sparsifier(block: SparsifierScope.() -> Unit): Sparsifier =
    SparsifierScope().apply(block).build()
