package org.djlsparse.internal.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;

import org.djlsparse.internal.cpu.Axis;
import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * The form of a convolution with a 1 x 1 kernel, which reads single pixels.
 *
 * @param strideHeight the stride along the height
 * @param strideWidth the stride along the width
 */
record PointwiseForm(long strideHeight, long strideWidth) implements ProductForm {

    @Override
    public @Nullable String reasonAgainstRows() {
        return null;
    }

    /** Returns whether some pixels are not read by any result. */
    boolean hasStride() {
        return strideHeight > 1 || strideWidth > 1;
    }

    @Override
    public Shape outputShape(Shape input, long outputs) {
        return new Shape(
                input.get(0),
                outputs,
                steps(input.get(2), strideHeight),
                steps(input.get(3), strideWidth));
    }

    @Override
    public List<Integer> sizes(Shape input) {
        return List.of(ProductForm.log2(countRows(input)));
    }

    @Override
    public NDArray toRows(NDArray x) {
        NDArray seen = x;
        if (hasStride()) {
            seen = x.get(":, :, ::" + strideHeight + ", ::" + strideWidth);
        }
        return seen.transpose(0, 2, 3, 1);
    }

    @Override
    public NDArray fromRows(NDArray rows) {
        return rows.transpose(0, 3, 1, 2);
    }

    @Override
    public NDArray toMatrix(NDArray weight) {
        return weight.reshape(weight.getShape().get(0), weight.getShape().get(1));
    }

    @Override
    public long countRows(Shape input) {
        return input.get(0) * steps(input.get(2), strideHeight) * steps(input.get(3), strideWidth);
    }

    private static long steps(long size, long stride) {
        return (size + stride - 1) / stride;
    }

    private ConvolutionForm convolution() {
        return new ConvolutionForm(axis(strideHeight), axis(strideWidth));
    }

    private static Axis axis(long stride) {
        return new Axis(1, Math.toIntExact(stride), 0, 1);
    }

    @Override
    public NDArray plain(NDArray x, NDArray weight, @Nullable NDArray bias) {
        return convolution().plain(x, weight, bias);
    }

    @Override
    public NDArray inputGradient(NDArray gradient, NDArray weight, Shape input) {
        return convolution().inputGradient(gradient, weight, input);
    }

    @Override
    public NDArray weightGradient(NDArray gradient, NDArray x, Shape weight) {
        return convolution().weightGradient(gradient, x, weight);
    }
}
