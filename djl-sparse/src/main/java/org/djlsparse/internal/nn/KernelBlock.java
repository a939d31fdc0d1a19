package org.djlsparse.internal.nn;

import ai.djl.nn.Block;

import org.djlsparse.internal.torch.KernelChoice;

/** A block whose products may run in a kernel. */
interface KernelBlock extends Block {

    /**
     * Returns the choice that ran the products of the last forward pass.
     *
     * @return the choice
     */
    KernelChoice getChoice();

    /**
     * Returns whether the last forward pass with gradients computes the gradient of the weight from
     * a sample of the output's gradient.
     */
    boolean isSampled();

    /** Frees the packed weights; the next forward pass packs them again if it needs them. */
    void release();
}
