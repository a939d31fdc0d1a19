package org.djlsparse.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;

import org.jspecify.annotations.Nullable;

/**
 * How a layer is a product of rows with its weight. Safe for use by several threads; equal if they
 * say the same.
 */
public sealed interface ProductForm permits LinearForm, PointwiseForm {

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
     * Returns why the layer is no product of rows with a matrix, or null if it is.
     *
     * @return the reason in words, such as {@code kernel (3, 3): must be (1, 1)}
     */
    @Nullable String reasonAgainstRows();

    /**
     * Returns why kept entries alone cannot be multiplied with the layer's input on the processor,
     * or null if they can.
     *
     * @return the reason in words
     */
    @Nullable String reasonAgainstPanels();

    /**
     * Returns the shape of the layer's output.
     *
     * @param input the input's shape
     * @param outputs the weight's outputs
     * @return the shape
     */
    Shape outputShape(Shape input, long outputs);

    /**
     * Returns the shape of the gradient of an input that is not known, where the output's shape
     * says it.
     *
     * @param output the output's shape
     * @param inputs the weight's inputs
     * @return the shape
     */
    Shape inputShape(Shape output, long inputs);

    /**
     * Returns the layer's input as rows.
     *
     * @param x the input
     * @return the rows, {@code [.., in]}; a view if that is possible
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
     * Returns how many rows an input has.
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
}
