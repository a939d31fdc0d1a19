package org.djlsparse.kotlin

/**
 * What a block's functions have made for a property. A value that is only made, as by
 * `srSte(2e-4f)` in place of `rule = srSte(2e-4f)`, would else leave the default in silence.
 */
internal class Made<T : Any>(private val property: String) {

    private var last: T? = null

    fun <V : T> of(value: V): V {
        last = value
        return value
    }

    /** Throws an IllegalArgumentException if something was made and the property is not set. */
    fun check(set: T?, name: (T) -> String) {
        val unused = last
        require(set != null || unused == null) {
            "$property: ${unused?.let(name)} was made and not set; write $property = ..."
        }
    }
}
