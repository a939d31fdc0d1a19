package org.djlsparse.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;

import org.jspecify.annotations.Nullable;

/** Decides what runs the products of each layer. Safe for use by several threads. */
public interface KernelChooser {

    /**
     * Returns the name of what is chosen from.
     *
     * @return the name, for people
     */
    String getName();

    /**
     * Chooses for a layer. Called in a forward pass if the mask, the shape of the input or the kind
     * of pass is another than in the layer's pass before it on this device: after each refresh, and
     * for sentences of ever new lengths. Only the first call for a size of input, kind of pass and
     * device may take long.
     *
     * @param form how the layer is a product
     * @param weight the masked weight, where the layer runs: {@code [out, in]}, or {@code [out, in,
     *     1, 1]} of a convolution
     * @param noPattern why the weight is not 2:4 both ways; null if it is
     * @param input the shape of the layer's input
     * @param training whether gradients are being collected
     * @return the choice
     */
    KernelChoice choose(
            ProductForm form,
            NDArray weight,
            @Nullable String noPattern,
            Shape input,
            boolean training);

    /**
     * Chooses the same kernel for each layer that it can serve.
     *
     * @param kernel the kernel
     * @return the chooser
     */
    static KernelChooser always(LinearKernel kernel) {
        return new FixedChooser(kernel);
    }

    /**
     * Chooses for each layer the fastest kernel that computes in a type, by trying.
     *
     * @param type float16 or bfloat16
     * @return the chooser
     * @throws IllegalArgumentException if it is another type
     */
    static KernelChooser fastest(DataType type) {
        return KernelTuner.of(type);
    }
}
