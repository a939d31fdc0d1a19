package org.djlsparse.kotlin

import org.djlsparse.Sparsifier
import org.djlsparse.SparsityReport
import org.djlsparse.convert.AdaPruneReport
import org.djlsparse.convert.LayerConversion
import org.djlsparse.layer.LayerSparsity
import org.djlsparse.mask.Mask

/**
 * Returns the mask of a layer: `sparsifier["02Linear_weight"]`. If there are no masks yet, they are
 * computed first.
 *
 * @return the mask in use; null if the layer has none
 * @throws IllegalStateException if nothing is wrapped yet, the model was unwrapped, or a weight is
 *   not finite
 */
public operator fun Sparsifier.get(layer: String): Mask? = report()[layer]?.mask

/**
 * Returns whether a layer has a mask: `"02Linear_weight" in sparsifier`.
 *
 * @throws IllegalStateException if nothing is wrapped yet, the model was unwrapped, or a weight is
 *   not finite
 */
public operator fun Sparsifier.contains(layer: String): Boolean = get(layer) != null

/** Returns the entry of a parameter: `report["02Linear_weight"]`; null if there is none. */
public operator fun SparsityReport.get(layer: String): LayerSparsity? =
    layers.find { it.name == layer || layer in it.otherNames }

/** Returns whether the report has a parameter of this name. */
public operator fun SparsityReport.contains(layer: String): Boolean = get(layer) != null

/** Iterates over the entries: `for ((name, shape) in report)`. */
public operator fun SparsityReport.iterator(): Iterator<LayerSparsity> = layers.iterator()

/** Returns the entry of a parameter: `report["02Linear_weight"]`; null if there is none. */
public operator fun AdaPruneReport.get(layer: String): LayerConversion? =
    layers.find { it.name == layer || layer in it.otherNames }

/** Returns whether the report has a parameter of this name. */
public operator fun AdaPruneReport.contains(layer: String): Boolean = get(layer) != null

/** Iterates over the entries: `for ((name, shape) in report)`. */
public operator fun AdaPruneReport.iterator(): Iterator<LayerConversion> = layers.iterator()

/**
 * Returns whether an entry of a matrix is kept: `mask[3, 5]`.
 *
 * @throws IndexOutOfBoundsException if there is no such entry
 */
public operator fun Mask.get(row: Int, column: Int): Boolean = isKept(0, row, column)

/**
 * Returns whether an entry of a convolution's weight is kept: `mask[4, 3, 5]`.
 *
 * @throws IndexOutOfBoundsException if there is no such entry
 */
public operator fun Mask.get(tap: Int, row: Int, column: Int): Boolean = isKept(tap, row, column)
