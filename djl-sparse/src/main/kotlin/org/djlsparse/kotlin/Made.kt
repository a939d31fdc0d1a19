package org.djlsparse.kotlin

/**
 * The last value that a block's functions created for a property. If a block only creates a value,
 * such as `srSte(2e-4f)` instead of `rule = srSte(2e-4f)`, [check] reports it; otherwise, the
 * default would apply silently.
 */
internal class Made<T : Any>(private val property: String) {

    private var last: T? = null

    fun <V : T> of(value: V): V {
        last = value
        return value
    }

    /** Throws an IllegalArgumentException if a value was created but the property is not set. */
    fun check(set: T?, name: (T) -> String) {
        val unused = last
        require(set != null || unused == null) {
            "$property: ${unused?.let(name)} was created but not set; write $property = ..."
        }
    }
}
