package org.djlsparse.kotlin

/**
 * Marks the receivers of this DSL, so that a block can call only the functions of its own receiver,
 * not those of the enclosing blocks.
 */
@DslMarker
@MustBeDocumented
@Target(AnnotationTarget.CLASS, AnnotationTarget.TYPE)
public annotation class SparseDsl
