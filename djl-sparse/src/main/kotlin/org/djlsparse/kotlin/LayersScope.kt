package org.djlsparse.kotlin

import ai.djl.nn.Parameter
import java.util.function.BiPredicate
import org.djlsparse.layer.LayerSelector

/**
 * Chooses which parameters of a model get a mask, by the names that `block.parameters` gives them,
 * such as `02Linear_weight`. Without any setting all are chosen that can carry one.
 *
 * @sample org.djlsparse.kotlin.samples.selectLayers
 */
@SparseDsl
public class LayersScope internal constructor() {

    private val builder = LayerSelector.builder()

    /** The smallest weight to choose, in entries; null, the default, sets no limit. */
    public var minSize: Long? = null

    /**
     * Whether frozen weights may be chosen without being [named]; null, the default, leaves them
     * dense.
     */
    public var frozen: Boolean? = null

    /**
     * Adds layers that must carry a mask: it is an error if one cannot. Other settings do not apply
     * to them.
     *
     * @param names whole parameter names
     */
    public fun named(vararg names: String) {
        names.forEach(builder::addName)
    }

    /**
     * Adds layers to choose from. Without this and [named], all are.
     *
     * @param regexes regular expressions, of which one must match the whole parameter name
     * @throws IllegalArgumentException if one is not a regular expression
     */
    public fun include(vararg regexes: String) {
        regexes.forEach(builder::addInclude)
    }

    /**
     * Adds layers to leave dense.
     *
     * @param regexes regular expressions; a layer is left out if one matches its whole parameter
     *   name
     * @throws IllegalArgumentException if one is not a regular expression
     */
    public fun exclude(vararg regexes: String) {
        regexes.forEach(builder::addExclude)
    }

    /**
     * Sets the parameter types to choose from; `WEIGHT` by default.
     *
     * @param types at least one type
     * @throws IllegalArgumentException if there is none
     */
    public fun types(vararg types: Parameter.Type) {
        builder.optTypes(*types)
    }

    /**
     * Sets a test that a layer must pass as well.
     *
     * @param predicate takes the parameter's whole name and the parameter
     */
    public fun where(predicate: (name: String, parameter: Parameter) -> Boolean) {
        builder.optPredicate(BiPredicate(predicate))
    }

    internal fun build(): LayerSelector {
        minSize?.let(builder::optMinSize)
        frozen?.let(builder::optFrozen)
        return builder.build()
    }
}

/**
 * Builds a selector of layers.
 *
 * @throws IllegalArgumentException if a value is out of its range
 */
public fun layerSelector(block: LayersScope.() -> Unit): LayerSelector =
    LayersScope().apply(block).build()
