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
 * <p>A kernel first packs the weight, in the form that each product needs; that is done once for
 * many products. The third product, {@code dY^T x}, the gradient of the weight, is dense with each
 * kernel but {@link CpuKernel}.
 *
 * <p>Safe for use by several threads. {@link ProductKernels} has the one behind each {@link
 * LinearKernel}.
 */
public interface ProductKernel {

    /**
     * Returns the kernel's name, such as {@code cusparselt-bf16}.
     *
     * @return the name
     */
    String getName();

    /**
     * Returns whether the weight must be 2:4 both ways: at most two of each four inputs of an
     * output, and of each four outputs of an input, may be other than zero.
     *
     * @return true if so; false if it may be any
     */
    boolean needsPattern();

    /**
     * Returns why this kernel cannot serve a layer, or null if it can. The first time on a device
     * that a layer passes all else, the kernel is tried on small matrices there, and serves none if
     * that fails or the products are wrong.
     *
     * @param device where the layer runs
     * @param type the weight's type
     * @param outputs the weight's rows
     * @param inputs the weight's columns
     * @return the reason in words, such as {@code in_features 30: must be a multiple of 16}
     */
    @Nullable String rejection(Device device, DataType type, long outputs, long inputs);

    /**
     * Returns why this kernel serves no layer of a form, or null if it may.
     *
     * @param form how the layer is a product
     * @return the reason in words, such as {@code kernel (3, 3): must be (1, 1)}
     */
    default @Nullable String rejection(ProductForm form) {
        return form.reasonAgainstRows();
    }

    /**
     * Returns why this kernel cannot serve a layer, or null if it can.
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
     * @param product the layer's product, which {@link #rejection(LayerProduct)} says nothing
     *     against
     * @param previous what this kernel packed for the same mask before, whose parts may serve
     *     again; null if there is none
     * @param manager what owns the packed form, until it is closed
     * @return the packed weight
     */
    default PackedWeight pack(
            LayerProduct product, @Nullable PackedWeight previous, NDManager manager) {
        return pack(product.matrix(), manager);
    }

    /**
     * Packs a weight. The values are copied: later changes of the weight are not seen.
     *
     * @param weight the masked weight, {@code [out, in]}
     * @param manager what owns the packed form, until it is closed
     * @return the packed weight, on the weight's device
     * @throws IllegalArgumentException if the weight is not a matrix of DJL's PyTorch engine, or
     *     not of a size that the kernel takes; with {@link LinearKernel#packed()}, if a group of
     *     four holds more than two entries, naming it. Other kernels that need the pattern do not
     *     look.
     */
    PackedWeight pack(NDArray weight, NDManager manager);
}
