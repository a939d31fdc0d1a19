package org.djlsparse.kotlin

import org.djlsparse.layer.LayerPolicy
import org.djlsparse.layer.LayerSelector

/**
 * The entries of a [LayerPolicy]. Each gives the layers that it selects a pattern, and optionally a
 * solver and a rule, or leaves them dense. If several entries select a layer, the first one
 * applies. A layer that no entry selects gets the settings of the Sparsifier or the AdaPrune.
 *
 * @sample org.djlsparse.kotlin.samples.differByLayer
 */
@SparseDsl
public class PolicyScope internal constructor() {

    private val builder = LayerPolicy.builder()

    /**
     * Adds layers with a pattern, and optionally a solver and a rule.
     *
     * @param regex a regular expression that the whole parameter name must match
     * @throws IllegalArgumentException if it is not a regular expression, the block sets no
     *   pattern, or a rule was created but not set
     */
    public fun layers(regex: String, block: PolicyLayersScope.() -> Unit): Unit =
        layers(LayerSelector.matching(regex), block)

    /**
     * Adds layers with a pattern, and optionally a solver and a rule.
     *
     * @param layers the layers
     * @throws IllegalArgumentException if the block sets no pattern, or a rule was created but not
     *   set
     */
    public fun layers(layers: LayerSelector, block: PolicyLayersScope.() -> Unit) {
        PolicyLayersScope().apply(block).addTo(builder, layers)
    }

    /**
     * Adds layers that are left dense.
     *
     * @param regex a regular expression that the whole parameter name must match
     * @throws IllegalArgumentException if it is not a regular expression
     */
    public fun dense(regex: String): Unit = dense(LayerSelector.matching(regex))

    /**
     * Adds layers that are left dense.
     *
     * @param layers the layers
     */
    public fun dense(layers: LayerSelector) {
        builder.addDense(layers)
    }

    /**
     * Sets whether the first and the last of the weights that would have a mask, in the model's
     * order, are left dense. Masks of these two cost the most accuracy and save the least time.
     *
     * @param dense true to leave both dense; without a call of this function, they are masked
     */
    public fun denseFirstAndLast(dense: Boolean = true) {
        builder.optDenseFirstAndLast(dense)
    }

    internal fun build(): LayerPolicy = builder.build()
}

/** The masks of one entry of a policy. The Sparsifier's solver and rule apply unless set here. */
@SparseDsl
public class PolicyLayersScope internal constructor() : MaskScope() {

    internal fun addTo(builder: LayerPolicy.Builder, layers: LayerSelector) {
        val pattern = requireNotNull(pattern) { "$layers: pattern: must be set, such as 2 of 4" }
        checkRule()
        val solver = solver
        val rule = rule
        when {
            solver != null && rule != null -> builder.add(layers, pattern, solver, rule)
            solver != null -> builder.add(layers, pattern, solver)
            rule != null -> builder.add(layers, pattern, rule)
            else -> builder.add(layers, pattern)
        }
    }
}

/**
 * Builds a policy.
 *
 * @throws IllegalArgumentException if a value is out of its range
 */
public fun layerPolicy(block: PolicyScope.() -> Unit): LayerPolicy =
    PolicyScope().apply(block).build()
