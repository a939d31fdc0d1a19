// Kotlin does not destructure Java's records.
package org.djlsparse.kotlin

import ai.djl.ndarray.types.Shape
import org.djlsparse.LayerSensitivity
import org.djlsparse.convert.LayerConversion
import org.djlsparse.convert.MetricChange
import org.djlsparse.layer.LayerSparsity
import org.djlsparse.mask.Mask
import org.djlsparse.mask.NmPattern
import org.djlsparse.training.LayerRefresh

/** The number of entries kept of each group. */
public operator fun NmPattern.component1(): Int = n

/** The length of a group. */
public operator fun NmPattern.component2(): Int = m

/** The parameter's name. */
public operator fun LayerSparsity.component1(): String = name

/** Its shape; null before the block is initialized. */
public operator fun LayerSparsity.component2(): Shape? = shape

/** The reason why it is left dense; null if it was selected for a mask. */
public operator fun LayerSparsity.component3(): String? = reason

/** The pattern; null if left dense. */
public operator fun LayerSparsity.component4(): NmPattern? = pattern

/** The solver's name; null if left dense. */
public operator fun LayerSparsity.component5(): String? = solver

/** The mask in use; null if there is none. */
public operator fun LayerSparsity.component6(): Mask? = mask

/** The number of entries that the last refresh changed. */
public operator fun LayerSparsity.component7(): Long = flips

/** Its other names, if several blocks share it. */
public operator fun LayerSparsity.component8(): List<String> = otherNames

/** Whether it is frozen. */
public operator fun LayerSparsity.component9(): Boolean = frozen

/** The number of training batches before the refresh. */
public operator fun LayerRefresh.component1(): Long = step

/** The parameter's name. */
public operator fun LayerRefresh.component2(): String = name

/** The fraction of entries that changed. */
public operator fun LayerRefresh.component3(): Double = flipRate

/** The kept fraction of the magnitude. */
public operator fun LayerRefresh.component4(): Double = keptMagnitude

/** The duration in seconds. */
public operator fun LayerRefresh.component5(): Double = seconds

/** The figures of the rule, by name. */
public operator fun LayerRefresh.component6(): Map<String, Double> = figures

/** The parameter's name. */
public operator fun LayerSensitivity.component1(): String = name

/** The pattern. */
public operator fun LayerSensitivity.component2(): NmPattern = pattern

/** The kept fraction of the magnitude. */
public operator fun LayerSensitivity.component3(): Double = keptMagnitude

/** The loss with the layer masked, minus the dense loss. */
public operator fun LayerSensitivity.component4(): Double = lossChange

/** The parameter's name. */
public operator fun LayerConversion.component1(): String = name

/** Its shape. */
public operator fun LayerConversion.component2(): Shape = shape

/** The pattern of its mask; null if left dense. */
public operator fun LayerConversion.component3(): NmPattern? = pattern

/** The method that computed the kept weights. */
public operator fun LayerConversion.component4(): String = method

/** The kept fraction of the entries. */
public operator fun LayerConversion.component5(): Double = density

/** The kept fraction of the magnitude. */
public operator fun LayerConversion.component6(): Double = keptMagnitude

/** The output's error with the magnitude mask only; null if not measured. */
public operator fun LayerConversion.component7(): Double? = errorBefore

/** The output's error after the conversion; null if not measured. */
public operator fun LayerConversion.component8(): Double? = errorAfter

/** The time for computing the kept weights, in seconds. */
public operator fun LayerConversion.component9(): Double = fitSeconds

/** The reason why there is no mask or no fit; null if neither applies. */
public operator fun LayerConversion.component10(): String? = reason

/** Its other names, if several blocks share it. */
public operator fun LayerConversion.component11(): List<String> = otherNames

/** The evaluator's name. */
public operator fun MetricChange.component1(): String = name

/** The value of the dense model. */
public operator fun MetricChange.component2(): Double = dense

/** The value with magnitude masks only. */
public operator fun MetricChange.component3(): Double = magnitude

/** The value of the converted model. */
public operator fun MetricChange.component4(): Double = converted
