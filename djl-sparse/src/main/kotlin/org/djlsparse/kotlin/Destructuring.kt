// Records of Java do not destructure by themselves.
package org.djlsparse.kotlin

import ai.djl.ndarray.types.Shape
import org.djlsparse.LayerSensitivity
import org.djlsparse.convert.LayerConversion
import org.djlsparse.convert.MetricChange
import org.djlsparse.layer.LayerSparsity
import org.djlsparse.mask.Mask
import org.djlsparse.mask.NmPattern
import org.djlsparse.training.LayerRefresh

/** How many entries are kept. */
public operator fun NmPattern.component1(): Int = n

/** The length of a group. */
public operator fun NmPattern.component2(): Int = m

/** The parameter's name. */
public operator fun LayerSparsity.component1(): String = name

/** Its shape; null before the block is initialized. */
public operator fun LayerSparsity.component2(): Shape? = shape

/** Why it is left dense; null if it has a mask. */
public operator fun LayerSparsity.component3(): String? = reason

/** The pattern; null if left dense. */
public operator fun LayerSparsity.component4(): NmPattern? = pattern

/** The solver's name; null if left dense. */
public operator fun LayerSparsity.component5(): String? = solver

/** The mask in use; null if there is none. */
public operator fun LayerSparsity.component6(): Mask? = mask

/** How many entries changed at the last refresh. */
public operator fun LayerSparsity.component7(): Long = flips

/** Its other names, if several blocks share it. */
public operator fun LayerSparsity.component8(): List<String> = otherNames

/** Whether it is frozen. */
public operator fun LayerSparsity.component9(): Boolean = frozen

/** The training batches before the refresh. */
public operator fun LayerRefresh.component1(): Long = step

/** The parameter's name. */
public operator fun LayerRefresh.component2(): String = name

/** The share of entries that changed. */
public operator fun LayerRefresh.component3(): Double = flipRate

/** The kept share of the magnitude. */
public operator fun LayerRefresh.component4(): Double = keptMagnitude

/** The time taken. */
public operator fun LayerRefresh.component5(): Double = seconds

/** What the rule shows of itself. */
public operator fun LayerRefresh.component6(): Map<String, Double> = figures

/** The parameter's name. */
public operator fun LayerSensitivity.component1(): String = name

/** The pattern. */
public operator fun LayerSensitivity.component2(): NmPattern = pattern

/** The kept share of the magnitude. */
public operator fun LayerSensitivity.component3(): Double = keptMagnitude

/** The loss with the layer masked, less the dense one. */
public operator fun LayerSensitivity.component4(): Double = lossChange

/** The parameter's name. */
public operator fun LayerConversion.component1(): String = name

/** Its shape. */
public operator fun LayerConversion.component2(): Shape = shape

/** The pattern of its mask; null if left dense. */
public operator fun LayerConversion.component3(): NmPattern? = pattern

/** What the kept weights come from. */
public operator fun LayerConversion.component4(): String = method

/** The kept share of the entries. */
public operator fun LayerConversion.component5(): Double = density

/** The kept share of the magnitude. */
public operator fun LayerConversion.component6(): Double = keptMagnitude

/** The output's error with a magnitude mask; null if not measured. */
public operator fun LayerConversion.component7(): Double? = errorBefore

/** The output's error as converted; null if not measured. */
public operator fun LayerConversion.component8(): Double? = errorAfter

/** The time that finding the kept weights took, in seconds. */
public operator fun LayerConversion.component9(): Double = fitSeconds

/** Why there is no mask, or no fit; null if neither. */
public operator fun LayerConversion.component10(): String? = reason

/** Its other names, if several blocks share it. */
public operator fun LayerConversion.component11(): List<String> = otherNames

/** The evaluator's name. */
public operator fun MetricChange.component1(): String = name

/** Of the dense model. */
public operator fun MetricChange.component2(): Double = dense

/** With magnitude masks alone. */
public operator fun MetricChange.component3(): Double = magnitude

/** Of the converted model. */
public operator fun MetricChange.component4(): Double = converted
