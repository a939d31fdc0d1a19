/**
 * Products with masked weights on the CPU, in Java: the classes of columns into which the kept
 * entries of a weight are sorted ({@link org.djlsparse.internal.cpu.Runs}), and the loops that
 * multiply by them.
 *
 * <p>The package knows masks, but does not depend on DJL. Nothing here is for users; classes are
 * public only for the kernels.
 */
@NullMarked
package org.djlsparse.internal.cpu;

import org.jspecify.annotations.NullMarked;
