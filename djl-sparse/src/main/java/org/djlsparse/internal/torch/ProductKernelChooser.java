package org.djlsparse.internal.torch;

import ai.djl.ndarray.types.Shape;

import org.djlsparse.kernel.LayerTrials;
import org.jspecify.annotations.Nullable;

import java.util.List;

/** A chooser of what runs the products of each layer. Thread-safe. */
public interface ProductKernelChooser {

    /**
     * Returns the name of the set of kernels to choose from.
     *
     * @return the name, for users
     */
    String getName();

    /**
     * Returns the reason why no layer of a form is ever served, or null if one may be.
     *
     * @param form the form of the layer's product
     * @return the reason in words
     */
    default @Nullable String rejection(ProductForm form) {
        return null;
    }

    /**
     * Chooses for a layer. Called in a forward pass if the mask, the shape of the input or the kind
     * of pass differs from the layer's previous pass on this device: after each refresh, and for
     * sentences of ever new lengths. Only the first call for a size of input, kind of pass and
     * device may take long.
     *
     * @param product the layer's product; the weight is masked
     * @param input the shape of the layer's input
     * @param training whether the pass records an autograd graph
     * @return the choice
     */
    KernelChoice choose(LayerProduct product, Shape input, boolean training);

    /**
     * Returns the measurements so far.
     *
     * @return the trials of each layer, in no particular order; empty if this chooser measures
     *     nothing
     */
    default List<LayerTrials> getTrials() {
        return List.of();
    }

    /**
     * Returns a chooser that uses one kernel for each layer that the kernel can serve.
     *
     * @param kernel the kernel
     * @return the chooser
     */
    static ProductKernelChooser always(ProductKernel kernel) {
        return new ProductKernelChooser() {
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
        };
    }
}
