package org.djlsparse.torch;

import ai.djl.ndarray.NDArray;
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
    public KernelChoice choose(
            ProductForm form,
            NDArray weight,
            @Nullable String noPattern,
            Shape input,
            boolean training) {
        String reason =
                kernel.reasonAgainst(
                        weight.getDevice(),
                        weight.getDataType(),
                        weight.getShape().get(0),
                        weight.getShape().get(1));
        if (reason == null && kernel.needsPattern()) {
            reason = noPattern;
        }
        return reason == null
                ? new KernelChoice(kernel, kernel.getName())
                : KernelChoice.dense(reason);
    }
}
