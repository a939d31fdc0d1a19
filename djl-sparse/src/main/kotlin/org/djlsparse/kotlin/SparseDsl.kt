package org.djlsparse.kotlin

/**
 * Marks the receivers of this DSL, so that a block sees the functions of its own receiver and not
 * those of the blocks around it.
 */
@DslMarker
@MustBeDocumented
@Target(AnnotationTarget.CLASS, AnnotationTarget.TYPE)
public annotation class SparseDsl
