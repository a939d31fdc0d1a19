package org.djlsparse.internal.torch;

/**
 * Which products of a layer run with kept entries alone; the others are PyTorch's.
 *
 * @param forward whether the forward product does
 * @param inputGradient whether the gradient of the input does
 * @param weightGradient whether the gradient of the weight does, if that of pruned entries is zero
 */
record CpuProducts(boolean forward, boolean inputGradient, boolean weightGradient) {

    static final CpuProducts ALL = new CpuProducts(true, true, true);
}
