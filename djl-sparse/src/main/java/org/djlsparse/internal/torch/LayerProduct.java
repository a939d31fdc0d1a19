package org.djlsparse.internal.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;

import org.djlsparse.mask.Mask;
import org.djlsparse.mask.NmPattern;
import org.jspecify.annotations.Nullable;

import java.util.function.Supplier;

/**
 * The product with a masked weight that a kernel computes for a layer.
 *
 * @param form the form of the layer's product
 * @param weight the weight on the layer's device, {@code [out, in]} or {@code [out, in, height,
 *     width]}; masked or not
 * @param masked supplies the masked weight, of the same shape, to kernels that need it
 * @param mask the mask; null if any entry of the weight may be nonzero
 * @param keptGradient whether the gradient of pruned entries is zero, as under the masked rule;
 *     otherwise it is computed as for any other entry
 */
public record LayerProduct(
        ProductForm form,
        NDArray weight,
        Supplier<NDArray> masked,
        @Nullable Mask mask,
        boolean keptGradient) {

    private static final NmPattern PATTERN = NmPattern.of(2, 4);

    /**
     * Creates the product of a linear layer, or of another form, with any weight.
     *
     * @param form the form of the layer's product
     * @param weight the weight
     * @return the product
     */
    public static LayerProduct of(ProductForm form, NDArray weight) {
        return new LayerProduct(form, weight, () -> weight, null, false);
    }

    long outputs() {
        return weight.getShape().get(0);
    }

    long inputs() {
        return weight.getShape().get(1);
    }

    long rows(Shape input) {
        return form.countRows(input);
    }

    /** Returns the masked weight as a matrix, {@code [out, in]}. */
    NDArray matrix() {
        return form.toMatrix(masked.get());
    }

    /**
     * Returns the reason why the weight is not 2:4 in both directions, or null if it is or may be.
     */
    @Nullable String reasonAgainstPattern() {
        if (mask == null) {
            return null;
        }
        if (!mask.getPattern().equals(PATTERN)) {
            return "mask " + mask.getPattern() + ": must be " + PATTERN;
        }
        return mask.isTransposable() ? null : "mask " + PATTERN + ": must be valid both ways";
    }
}
