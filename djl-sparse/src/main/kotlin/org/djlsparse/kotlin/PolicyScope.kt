package org.djlsparse.kotlin

import org.djlsparse.layer.LayerPolicy
import org.djlsparse.layer.LayerSelector

/**
 * Gives layers patterns, solvers and rules of their own. Of the entries that choose a layer the
 * first decides; a layer that none chooses gets the settings of the Sparsifier or the AdaPrune.
 *
 * @sample org.djlsparse.kotlin.samples.differByLayer
 */
@SparseDsl
public class PolicyScope internal constructor() {

    private val builder = LayerPolicy.builder()

    /**
     * Adds layers with masks of their own.
     *
     * @param regex a regular expression that the whole parameter name must match
     * @throws IllegalArgumentException if it is not a regular expression, the block sets no
     *   pattern, or a rule was made and not set
     */
    public fun layers(regex: String, block: PolicyLayersScope.() -> Unit): Unit =
        layers(LayerSelector.matching(regex), block)

    /**
     * Adds layers with masks of their own.
     *
     * @param layers which layers
     * @throws IllegalArgumentException if the block sets no pattern, or a rule was made and not set
     */
    public fun layers(layers: LayerSelector, block: PolicyLayersScope.() -> Unit) {
        PolicyLayersScope().apply(block).addTo(builder, layers)
    }

    /**
     * Adds layers to leave dense.
     *
     * @param regex a regular expression that the whole parameter name must match
     * @throws IllegalArgumentException if it is not a regular expression
     */
    public fun dense(regex: String): Unit = dense(LayerSelector.matching(regex))

    /**
     * Adds layers to leave dense.
     *
     * @param layers which layers
     */
    public fun dense(layers: LayerSelector) {
        builder.addDense(layers)
    }

    /**
     * Leaves the first and the last of the weights dense that would have a mask, in the model's
     * order: they cost the most accuracy and save the least time.
     *
     * @param dense false for the default, by which they are not
     */
    public fun denseFirstAndLast(dense: Boolean = true) {
        builder.optDenseFirstAndLast(dense)
    }

    internal fun build(): LayerPolicy = builder.build()
}

/** The masks of one entry of a policy. Without a solver or a rule, the Sparsifier's hold. */
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
