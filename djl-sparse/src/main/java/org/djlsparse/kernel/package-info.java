/**
 * Kernels that compute the products of masked layers: {@link org.djlsparse.kernel.LinearKernel}
 * lists them, {@link org.djlsparse.kernel.KernelChooser} picks one for each layer. {@link
 * org.djlsparse.kernel.LayerTrials} holds the times from which the fastest was picked.
 */
@NullMarked
package org.djlsparse.kernel;

import org.jspecify.annotations.NullMarked;
