package org.djlsparse.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;

import org.jspecify.annotations.Nullable;

/**
 * A convolution of single pixels: its kernel is 1 x 1.
 *
 * @param strideHeight the stride along the height
 * @param strideWidth the stride along the width
 */
record PointwiseForm(long strideHeight, long strideWidth) implements ProductForm {

    @Override
    public @Nullable String reasonAgainstRows() {
        return null;
    }

    @Override
    public @Nullable String reasonAgainstPanels() {
        return strideHeight == 1 && strideWidth == 1
                ? null
                : "stride (" + strideHeight + ", " + strideWidth + "): must be (1, 1)";
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
    public Shape inputShape(Shape output, long inputs) {
        return new Shape(output.get(0), inputs, output.get(2), output.get(3));
    }

    @Override
    public NDArray toRows(NDArray x) {
        NDArray seen = x;
        if (strideHeight > 1 || strideWidth > 1) {
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

    @Override
    public NDArray plain(NDArray x, NDArray weight, @Nullable NDArray bias) {
        Shape none = new Shape(0, 0);
        return x.getNDArrayInternal()
                .convolution(
                        x,
                        weight,
                        bias,
                        new Shape(strideHeight, strideWidth),
                        none,
                        new Shape(1, 1),
                        1)
                .singletonOrThrow();
    }
}
