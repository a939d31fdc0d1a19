package org.djlsparse.kotlin

import org.djlsparse.mask.MaskSolver
import org.djlsparse.mask.NmPattern
import org.djlsparse.training.GradientFlow
import org.djlsparse.training.GradientRule
import org.djlsparse.training.MaskedGradient

/** The settings of masks that a model and the entries of a policy have in common. */
@SparseDsl
public sealed class MaskScope {

    private val rules = Made<GradientRule>("rule")

    /** The pattern of the masks, such as `2 of 4`. Must be set. */
    public var pattern: NmPattern? = null

    /**
     * The solver of the masks; by default [MaskSolver.auto], in a policy the Sparsifier's solver.
     */
    public var solver: MaskSolver? = null

    /** The gradient rule; by default [masked], in a policy the Sparsifier's rule. */
    public var rule: GradientRule? = null

    /** The masked rule, [GradientRule.masked]. */
    public fun masked(): GradientRule = rules.of(GradientRule.masked())

    /** The straight-through rule, [GradientRule.straightThrough]. */
    public fun straightThrough(): GradientRule = rules.of(GradientRule.straightThrough())

    /**
     * SR-STE, [GradientRule.srSte].
     *
     * @param lambda the factor, above 0
     * @throws IllegalArgumentException if lambda is not a number above 0
     */
    public fun srSte(lambda: Float): GradientRule = rules.of(GradientRule.srSte(lambda))

    /**
     * Masked decay, [GradientRule.maskedDecay].
     *
     * @param lambda the factor, above 0
     * @throws IllegalArgumentException if lambda is not a number above 0
     */
    public fun maskedDecay(lambda: Float): GradientRule = rules.of(GradientRule.maskedDecay(lambda))

    /** Masked decay that tunes its factor, [GradientRule.maskedDecay]. */
    public fun maskedDecay(): GradientRule = rules.of(GradientRule.maskedDecay())

    /**
     * Sets a user-defined rule.
     *
     * @param name the name shown in reports
     * @param flow how the gradient passes through the mask
     * @param term changes `gradient` in place; called for each masked layer between the backward
     *   pass and the optimizer's step
     */
    public fun rule(name: String, flow: GradientFlow, term: @SparseDsl MaskedGradient.() -> Unit) {
        rule = GradientRule.of(name, flow) { it.term() }
    }

    internal fun checkRule(): Unit = rules.check(rule) { it.toString() }
}
