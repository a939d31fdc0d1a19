/**
 * The inner loops of products by Java's Vector API, which is a module that users add ({@code
 * --add-modules jdk.incubator.vector}). Compiled apart, and loaded by name where the module is
 * there.
 */
@NullMarked
package org.djlsparse.internal.cpu.vector;

import org.jspecify.annotations.NullMarked;
