package org.djlsparse.internal.torch;

import ai.djl.ndarray.NDArray;

import org.djlsparse.internal.cpu.Axis;
import org.djlsparse.internal.cpu.PackedMatrix;
import org.djlsparse.internal.cpu.RowMatrix;
import org.djlsparse.mask.Mask;
import org.jspecify.annotations.Nullable;

import java.nio.FloatBuffer;
import java.util.List;

/**
 * The products of a layer with kept entries alone, between arrays in PyTorch's memory. Thread-safe.
 */
sealed interface CpuLayer permits CpuRows, CpuConvolution {

    /** Prepares the products of a layer of a given form. */
    static CpuLayer of(ProductForm form, Mask mask) {
        if (form instanceof ConvolutionForm convolution) {
            return new CpuConvolution(mask, convolution.vertical(), convolution.horizontal());
        }
        if (form instanceof PointwiseForm pointwise && pointwise.hasStride()) {
            return new CpuConvolution(
                    mask,
                    new Axis(1, Math.toIntExact(pointwise.strideHeight()), 0, 1),
                    new Axis(1, Math.toIntExact(pointwise.strideWidth()), 0, 1));
        }
        return new CpuRows(form, mask);
    }

    /**
     * Packs a weight for the forward product.
     *
     * @param weight the weight's entries
     * @param spare a matrix packed before that nobody uses any more, or null
     */
    PackedMatrix packForward(FloatBuffer weight, @Nullable PackedMatrix spare);

    /**
     * Packs a packed weight for products with few rows; returns null if that form does not exist.
     */
    @Nullable RowMatrix packRows(PackedMatrix forward);

    /** Packs a weight for the gradient of the input. */
    List<PackedMatrix> packInputGradient(FloatBuffer weight, @Nullable List<PackedMatrix> spare);

    /** Writes the forward product into a contiguous array. */
    void multiply(PackedMatrix packed, NDArray x, NDArray y, float @Nullable [] bias);

    /** Writes the gradient of the input into a contiguous array. */
    void inputGradient(List<PackedMatrix> packed, NDArray dy, NDArray dx);

    /**
     * Returns whether {@link #inputGradient} writes every entry; those that it does not write are
     * zero.
     */
    boolean writesAll();

    /** Writes the gradient of the weight into a contiguous array. */
    void weightGradient(NDArray x, NDArray dy, NDArray dw);
}
