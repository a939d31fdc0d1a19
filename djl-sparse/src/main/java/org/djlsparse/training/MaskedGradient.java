package org.djlsparse.training;

import ai.djl.ndarray.NDArray;

/**
 * The gradient of one masked weight, with the arrays that a {@link GradientTerm} may need. With
 * several devices, a term is called for one of them only, because DJL sums the devices' gradients.
 *
 * <p>All arrays have the same device, shape and type. They are closed when the term returns, as are
 * the arrays that a term creates from them. Autograd does not record operations on them.
 *
 * @param layer the name of the parameter
 * @param gradient the gradient that the optimizer will use; a term changes it in place
 * @param weight the dense weight; must not be changed
 * @param pruned 1 for pruned entries and 0 for kept entries; must not be changed
 */
public record MaskedGradient(String layer, NDArray gradient, NDArray weight, NDArray pruned) {

    /**
     * Adds {@code factor * (1 - S) * W}, which decays pruned weights toward zero. It temporarily
     * uses an array of the weight's size.
     *
     * @param factor the factor
     */
    public void addDecay(float factor) {
        gradient.addi(weight.mul(pruned).muli(factor));
    }
}
