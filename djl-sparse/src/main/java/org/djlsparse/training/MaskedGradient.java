package org.djlsparse.training;

import ai.djl.ndarray.NDArray;

/**
 * The gradient of one masked weight, with what a {@link GradientTerm} may need beside it. With
 * several devices there is one for all of them: DJL sums the devices' gradients.
 *
 * <p>All arrays are on one device and of one shape and type, and live until the term returns, as do
 * the arrays that a term makes from them. Nothing here is recorded by autograd.
 *
 * @param layer the name of the parameter
 * @param gradient the gradient that the optimizer will take; a term changes it in place
 * @param weight the dense weight; not to be changed
 * @param pruned 1 where the mask prunes an entry, 0 where it keeps one; not to be changed
 */
public record MaskedGradient(String layer, NDArray gradient, NDArray weight, NDArray pruned) {

    /**
     * Adds {@code factor * (1 - S) * W}, which draws pruned weights to zero. Takes an array of the
     * weight's size for the time being.
     *
     * @param factor the factor
     */
    public void addDecay(float factor) {
        gradient.addi(weight.mul(pruned).muli(factor));
    }
}
