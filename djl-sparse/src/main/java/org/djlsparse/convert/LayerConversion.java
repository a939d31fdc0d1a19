package org.djlsparse.convert;

import ai.djl.ndarray.types.Shape;

import org.djlsparse.mask.NmPattern;
import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * The result of a conversion for one parameter.
 *
 * <p>Errors are those of the layer's output on the calibration samples, without its bias: the
 * Frobenius norm of the difference from the output in the dense model, divided by the norm of that
 * output. In {@link CalibrationMode#SEQUENTIAL} mode, they include the errors of the layers before.
 *
 * @param name the parameter's name; the first name if it has several
 * @param shape its shape
 * @param pattern the pattern of its mask; null if it was left dense
 * @param method the method that computed the kept weights: {@code closed form}, {@code adam},
 *     {@code mask only} if they did not change, or {@code dense} without a mask
 * @param density the kept fraction of the entries, from 0 to 1
 * @param keptMagnitude the kept fraction of the dense weight's magnitude, from 0 to 1
 * @param errorBefore the error with the magnitude mask only; null if it was not measured
 * @param errorAfter the error after the conversion; null if it was not measured
 * @param fitSeconds the time in seconds for computing the kept weights: for the closed form, the
 *     sums over the samples and the solution; for Adam, the choice of positions and the steps.
 *     Forward passes and the mask search are not included
 * @param reason why there is no mask, or why the kept weights were not fitted; null if neither
 *     applies
 * @param otherNames its other names if several blocks share it
 */
public record LayerConversion(
        String name,
        Shape shape,
        @Nullable NmPattern pattern,
        String method,
        double density,
        double keptMagnitude,
        @Nullable Double errorBefore,
        @Nullable Double errorAfter,
        double fitSeconds,
        @Nullable String reason,
        List<String> otherNames) {

    /** Creates an entry. */
    public LayerConversion {
        otherNames = List.copyOf(otherNames);
    }

    /**
     * Returns whether the parameter has a mask.
     *
     * @return {@code true} if it has a mask, {@code false} if it was left dense
     */
    public boolean isMasked() {
        return pattern != null;
    }
}
