package org.djlsparse.torch;

import ai.djl.ndarray.types.Shape;

/**
 * Chooses one kernel.
 *
 * @param kernel the kernel
 */
record FixedChooser(LinearKernel kernel) implements KernelChooser {

    @Override
    public String getName() {
        return kernel.getName();
    }

    @Override
    public KernelChoice choose(LayerProduct product, Shape input, boolean training) {
        String reason = kernel.reasonAgainst(product);
        return reason == null
                ? new KernelChoice(kernel, kernel.getName())
                : KernelChoice.dense(reason);
    }
}
