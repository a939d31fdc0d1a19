package org.djlsparse.internal.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;

import org.djlsparse.internal.cpu.Axis;
import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * The form in which a layer is a product of rows with its weight. Forms are thread-safe and are
 * equal if they describe the same form.
 */
public sealed interface ProductForm permits LinearForm, PointwiseForm, ConvolutionForm {

    /**
     * Returns the form of a linear layer: rows {@code [.., in]}, weight {@code [out, in]}.
     *
     * @return the form
     */
    static ProductForm linear() {
        return new LinearForm();
    }

    /**
     * Returns the form of a convolution with a 1 x 1 kernel, no padding and one group: input {@code
     * [batch, in, height, width]}, weight {@code [out, in, 1, 1]}. Each pixel is a row.
     *
     * @param height the stride along the height, at least 1
     * @param width the stride along the width, at least 1
     * @return the form
     */
    static ProductForm pointwise(long height, long width) {
        return new PointwiseForm(height, width);
    }

    /**
     * Returns the form of a convolution in one group: input {@code [batch, in, height, width]},
     * weight {@code [out, in, kernel height, kernel width]}. All shapes are {@code (height,
     * width)}.
     *
     * @param kernel the size of the kernel
     * @param stride the stride, at least 1
     * @param padding the zeros on each side
     * @param dilation the distance between taps, at least 1
     * @return the form; the pointwise form if the kernel is 1 x 1 and there is no padding
     */
    static ProductForm convolution(Shape kernel, Shape stride, Shape padding, Shape dilation) {
        if (kernel.size() == 1 && padding.get(0) == 0 && padding.get(1) == 0) {
            return pointwise(stride.get(0), stride.get(1));
        }
        return new ConvolutionForm(
                axis(0, kernel, stride, padding, dilation),
                axis(1, kernel, stride, padding, dilation));
    }

    private static Axis axis(int i, Shape kernel, Shape stride, Shape padding, Shape dilation) {
        return new Axis(
                Math.toIntExact(kernel.get(i)),
                Math.toIntExact(stride.get(i)),
                Math.toIntExact(padding.get(i)),
                Math.toIntExact(dilation.get(i)));
    }

    /**
     * Returns the reason why the layer is not a product of rows with a matrix, or null if it is.
     *
     * @return the reason in words, such as {@code kernel (3, 3): must be (1, 1)}
     */
    @Nullable String reasonAgainstRows();

    /**
     * Returns the shape of the layer's output.
     *
     * @param input the input's shape
     * @param outputs the weight's outputs
     * @return the shape
     */
    Shape outputShape(Shape input, long outputs);

    /**
     * Returns the sizes of an input that determine which kernel is fastest.
     *
     * @param input the input's shape
     * @return the binary logarithms of the sizes, each rounded up
     */
    List<Integer> sizes(Shape input);

    /** Returns the binary logarithm of a size, at least 1, rounded up. */
    static int log2(long size) {
        return 64 - Long.numberOfLeadingZeros(size - 1);
    }

    /**
     * Returns the layer's input as rows. This method and the next two require that {@link
     * #reasonAgainstRows} returns null.
     *
     * @param x the input
     * @return the rows, {@code [.., in]}; a view if possible
     */
    NDArray toRows(NDArray x);

    /**
     * Returns a product of rows as the layer's output.
     *
     * @param rows the product, {@code [.., out]}
     * @return the output, a view
     */
    NDArray fromRows(NDArray rows);

    /**
     * Returns the weight as a matrix.
     *
     * @param weight the weight
     * @return the matrix, {@code [out, in]}, a view
     */
    NDArray toMatrix(NDArray weight);

    /**
     * Returns the number of rows of an input.
     *
     * @param input the input's shape
     * @return the number of rows
     */
    long countRows(Shape input);

    /**
     * Runs the layer as DJL does.
     *
     * @param x the input
     * @param weight the weight
     * @param bias the bias, {@code [out]}, or null
     * @return the output
     */
    NDArray plain(NDArray x, NDArray weight, @Nullable NDArray bias);

    /**
     * Computes the gradient of the input as autograd does.
     *
     * @param gradient the gradient of the output
     * @param weight the weight
     * @param input the input's shape
     * @return the gradient
     */
    NDArray inputGradient(NDArray gradient, NDArray weight, Shape input);

    /**
     * Computes the gradient of the weight as autograd does.
     *
     * @param gradient the gradient of the output
     * @param x the input
     * @param weight the weight's shape
     * @return the gradient
     */
    NDArray weightGradient(NDArray gradient, NDArray x, Shape weight);
}
