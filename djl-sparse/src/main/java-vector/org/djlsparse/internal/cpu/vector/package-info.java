/**
 * The inner loops of products by Java's Vector API, which is a module that users add ({@code
 * --add-modules jdk.incubator.vector}). The package is compiled separately, and loaded by name if
 * the module is present.
 */
@NullMarked
package org.djlsparse.internal.cpu.vector;

import org.jspecify.annotations.NullMarked;
