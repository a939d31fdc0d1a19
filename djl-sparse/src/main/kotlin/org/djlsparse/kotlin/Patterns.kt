package org.djlsparse.kotlin

import org.djlsparse.mask.NmPattern

/**
 * Creates the pattern that keeps this number of every [m] entries: `2 of 4`.
 *
 * @throws IllegalArgumentException if there is no such pattern
 */
public infix fun Int.of(m: Int): NmPattern = NmPattern.of(this, m)
