package org.djlsparse.internal.nn;

import ai.djl.nn.Block;

import org.djlsparse.internal.torch.KernelChoice;

/** A block whose products may run in a kernel. */
interface KernelBlock extends Block {

    /**
     * Returns what ran the products of the last forward pass.
     *
     * @return the choice
     */
    KernelChoice getChoice();

    /** Frees what is packed; the next forward pass packs anew if it needs to. */
    void release();
}
