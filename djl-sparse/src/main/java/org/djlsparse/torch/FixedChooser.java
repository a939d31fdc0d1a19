package org.djlsparse.torch;

import ai.djl.ndarray.types.Shape;

import org.jspecify.annotations.Nullable;

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
    public @Nullable String rejection(ProductForm form) {
        return kernel.rejection(form);
    }

    @Override
    public KernelChoice choose(LayerProduct product, Shape input, boolean training) {
        String reason = kernel.rejection(product);
        return reason == null
                ? new KernelChoice(kernel, kernel.getName())
                : KernelChoice.dense(reason);
    }
}
