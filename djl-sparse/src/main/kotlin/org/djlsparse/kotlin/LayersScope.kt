package org.djlsparse.kotlin

import ai.djl.nn.Parameter
import java.util.function.BiPredicate
import org.djlsparse.layer.LayerSelector

/**
 * The settings of a [LayerSelector], which selects the parameters of a model that get a mask, by
 * their names in `block.parameters`, such as `02Linear_weight`. Without any setting, all parameters
 * are selected that can carry a mask.
 *
 * @sample org.djlsparse.kotlin.samples.selectLayers
 */
@SparseDsl
public class LayersScope internal constructor() {

    private val builder = LayerSelector.builder()

    /** The minimum number of entries of a weight; null, the default, sets no limit. */
    public var minSize: Long? = null

    /**
     * Whether frozen weights may be selected without being [named]; null, the default, leaves them
     * dense.
     */
    public var frozen: Boolean? = null

    /**
     * Adds layers that must carry a mask; wrapping fails if one of them cannot. Other settings do
     * not apply to them.
     *
     * @param names whole parameter names
     */
    public fun named(vararg names: String) {
        names.forEach(builder::addName)
    }

    /**
     * Adds layers to select from. Without this and [named], all layers may be selected.
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
     * Sets the parameter types to select from; `WEIGHT` by default.
     *
     * @param types at least one type
     * @throws IllegalArgumentException if no type is given
     */
    public fun types(vararg types: Parameter.Type) {
        builder.optTypes(*types)
    }

    /**
     * Sets a predicate that a layer must also satisfy.
     *
     * @param predicate the predicate of the parameter's whole name and the parameter
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
