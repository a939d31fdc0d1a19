package org.djlsparse.internal.torch;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;

import org.djlsparse.kernel.LinearKernel;
import org.jspecify.annotations.Nullable;

/**
 * A way to compute the two products of a linear layer that read its weight W: {@code x W^T} in the
 * forward pass and {@code dY W}, the gradient of the input, in the backward pass.
 *
 * <p>A kernel first packs the weight in the form that each product needs, once for many products.
 * The third product, {@code dY^T x}, the gradient of the weight, is dense with all kernels except
 * {@link CpuKernel}.
 *
 * <p>Thread-safe. {@link ProductKernels} returns the implementation of each {@link LinearKernel}.
 */
public interface ProductKernel {

    /**
     * Returns the kernel's name, such as {@code cusparselt-bf16}.
     *
     * @return the name
     */
    String getName();

    /**
     * Returns whether the weight must be 2:4 in both directions: of each four inputs of an output,
     * and of each four outputs of an input, at most two may be nonzero.
     *
     * @return {@code true} if it must; {@code false} if any weight is allowed
     */
    boolean needsPattern();

    /**
     * Returns the reason why this kernel cannot serve a layer, or null if it can. The first time
     * that a layer passes all other checks on a device, the kernel is tried on small matrices
     * there. If that fails or the products are wrong, it serves no layer on that device.
     *
     * @param device the device of the layer
     * @param type the weight's type
     * @param outputs the weight's rows
     * @param inputs the weight's columns
     * @return the reason in words, such as {@code in_features 30: must be a multiple of 64}
     */
    @Nullable String rejection(Device device, DataType type, long outputs, long inputs);

    /**
     * Returns the reason why this kernel serves no layer of a form, or null if it may.
     *
     * @param form the form of the layer's product
     * @return the reason in words, such as {@code kernel (3, 3): must be (1, 1)}
     */
    default @Nullable String rejection(ProductForm form) {
        return form.reasonAgainstRows();
    }

    /**
     * Returns the reason why this kernel cannot serve a layer, or null if it can.
     *
     * @param product the layer's product
     * @return the reason in words
     */
    default @Nullable String rejection(LayerProduct product) {
        String reason = rejection(product.form());
        if (reason == null) {
            reason =
                    rejection(
                            product.weight().getDevice(),
                            product.weight().getDataType(),
                            product.outputs(),
                            product.inputs());
        }
        return reason == null && needsPattern() ? product.reasonAgainstPattern() : reason;
    }

    /**
     * Packs a layer's weight.
     *
     * @param product the layer's product, for which {@link #rejection(LayerProduct)} returns null
     * @param previous the weight that this kernel packed before for the same mask, whose parts may
     *     be reused; null if there is none
     * @param manager the manager that owns the packed form until it is closed
     * @return the packed weight
     */
    default PackedWeight pack(
            LayerProduct product, @Nullable PackedWeight previous, NDManager manager) {
        return pack(product.matrix(), manager);
    }

    /**
     * Packs a weight. The values are copied, so later changes of the weight have no effect.
     *
     * @param weight the masked weight, {@code [out, in]}
     * @param manager the manager that owns the packed form until it is closed
     * @return the packed weight, on the weight's device
     * @throws IllegalArgumentException if the weight is not a matrix of DJL's PyTorch engine, or
     *     does not have a size that the kernel supports; with {@link LinearKernel#packed()}, also
     *     if a group of four, named in the message, has more than two nonzero entries. Other
     *     kernels that need the pattern do not check this.
     */
    PackedWeight pack(NDArray weight, NDManager manager);
}
