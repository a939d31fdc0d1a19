package org.djlsparse.internal.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

import org.djlsparse.internal.cpu.Axis;
import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * The form of a convolution with one group.
 *
 * @param vertical the convolution along the height
 * @param horizontal the convolution along the width
 */
record ConvolutionForm(Axis vertical, Axis horizontal) implements ProductForm {

    @Override
    public @Nullable String reasonAgainstRows() {
        Shape kernel = new Shape(vertical.kernel(), horizontal.kernel());
        return kernel.size() == 1
                ? "padding " + padding() + ": must be (0, 0)"
                : "kernel " + kernel + ": must be (1, 1)";
    }

    private Shape stride() {
        return new Shape(vertical.stride(), horizontal.stride());
    }

    private Shape padding() {
        return new Shape(vertical.padding(), horizontal.padding());
    }

    private Shape dilation() {
        return new Shape(vertical.dilation(), horizontal.dilation());
    }

    /**
     * Returns the shape of the output.
     *
     * @throws IllegalArgumentException if the input does not consist of images, or is smaller than
     *     the kernel
     */
    @Override
    public Shape outputShape(Shape input, long outputs) {
        if (input.dimension() == 4) {
            int height = vertical.results(Math.toIntExact(input.get(2)));
            int width = horizontal.results(Math.toIntExact(input.get(3)));
            if (height > 0 && width > 0) {
                return new Shape(input.get(0), outputs, height, width);
            }
        }
        throw new IllegalArgumentException(
                "input "
                        + input
                        + ": must be [batch, in, height, width], with padding "
                        + padding()
                        + " as large as a kernel "
                        + new Shape(vertical.kernel(), horizontal.kernel())
                        + " of dilation "
                        + dilation());
    }

    @Override
    public List<Integer> sizes(Shape input) {
        return List.of(
                ProductForm.log2(input.get(0)),
                ProductForm.log2(input.get(2)),
                ProductForm.log2(input.get(3)));
    }

    @Override
    public NDArray toRows(NDArray x) {
        throw new UnsupportedOperationException(reasonAgainstRows());
    }

    @Override
    public NDArray fromRows(NDArray rows) {
        throw new UnsupportedOperationException(reasonAgainstRows());
    }

    @Override
    public NDArray toMatrix(NDArray weight) {
        throw new UnsupportedOperationException(reasonAgainstRows());
    }

    @Override
    public long countRows(Shape input) {
        Shape output = outputShape(input, 1);
        return output.get(0) * output.get(2) * output.get(3);
    }

    @Override
    public NDArray plain(NDArray x, NDArray weight, @Nullable NDArray bias) {
        return x.getNDArrayInternal()
                .convolution(x, weight, bias, stride(), padding(), dilation(), 1)
                .singletonOrThrow();
    }

    @Override
    public NDArray inputGradient(NDArray gradient, NDArray weight, Shape input) {
        return gradient("convolution_input_gradient", gradient, weight, input);
    }

    @Override
    public NDArray weightGradient(NDArray gradient, NDArray x, Shape weight) {
        return gradient("convolution_weight_gradient", gradient, x, weight);
    }

    private NDArray gradient(String method, NDArray gradient, NDArray other, Shape shape) {
        NDManager manager = gradient.getManager();
        try (NDArray window =
                        manager.create(stride().addAll(padding()).addAll(dilation()).getShape());
                NDArray size = manager.create(shape.getShape())) {
            return LinearOps.module()
                    .callWithGradients(method, gradient, other, window, size)
                    .singletonOrThrow();
        }
    }
}
