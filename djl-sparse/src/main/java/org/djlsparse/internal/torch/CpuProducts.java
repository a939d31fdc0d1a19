package org.djlsparse.internal.torch;

/**
 * The products of a layer that run with kept entries alone; PyTorch runs the others.
 *
 * @param forward whether the forward product runs so
 * @param inputGradient whether the gradient of the input is computed so
 * @param weightGradient whether the gradient of the weight is computed so, if that of pruned
 *     entries is zero
 */
record CpuProducts(boolean forward, boolean inputGradient, boolean weightGradient) {

    static final CpuProducts ALL = new CpuProducts(true, true, true);
}
