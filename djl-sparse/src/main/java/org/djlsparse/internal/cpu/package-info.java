/**
 * Products with masked weights on the processor, in Java: how the kept entries of a weight become
 * classes of columns ({@link org.djlsparse.internal.cpu.Runs}), and what multiplies by them.
 *
 * <p>Knows masks, and no DJL. Nothing here is for users: it is public only because the kernels need
 * it.
 */
@NullMarked
package org.djlsparse.internal.cpu;

import org.jspecify.annotations.NullMarked;
