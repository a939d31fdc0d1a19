package org.djlsparse.torch;

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
     * Returns why no layer of a form is ever served, or null if one may be.
     *
     * @param form how the layer is a product
     * @return the reason in words
     */
    default @Nullable String rejection(ProductForm form) {
        return null;
    }

    /**
     * Chooses for a layer. Called in a forward pass if the mask, the shape of the input or the kind
     * of pass is another than in the layer's pass before it on this device: after each refresh, and
     * for sentences of ever new lengths. Only the first call for a size of input, kind of pass and
     * device may take long.
     *
     * @param product the layer's product; the weight is masked
     * @param input the shape of the layer's input
     * @param training whether gradients are being collected
     * @return the choice
     */
    KernelChoice choose(LayerProduct product, Shape input, boolean training);

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

    /**
     * Chooses for each layer the fastest kernel that computes in the layer's own type, by trying:
     * {@link LinearKernel#cpuSparse()} for float32 on the processor, sparse tensor cores for
     * float16 on a GPU.
     *
     * @return the chooser
     */
    static KernelChooser fastest() {
        return KernelTuner.ofLayers();
    }
}
