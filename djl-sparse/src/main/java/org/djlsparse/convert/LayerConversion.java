package org.djlsparse.convert;

import ai.djl.ndarray.types.Shape;

import org.djlsparse.mask.NmPattern;
import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * What a conversion did to one parameter.
 *
 * <p>Errors are those of the layer's output on the calibration samples, without its bias: the
 * Frobenius norm of its difference to the dense model's, divided by that of the dense model's. In
 * {@link CalibrationMode#SEQUENTIAL} mode they include what the layers before have lost.
 *
 * @param name the parameter's name; the first, if it has several
 * @param shape its shape
 * @param pattern the pattern of its mask; null if it was left dense
 * @param method what the kept weights come from: {@code closed form}, {@code adam}, {@code mask
 *     only} if they were left as they are, {@code dense} if there is no mask
 * @param density the kept share of the entries, from 0 to 1
 * @param keptMagnitude the kept share of the dense magnitude, from 0 to 1
 * @param errorBefore the error with the magnitude mask alone; null if it was not measured
 * @param errorAfter the error as converted; null if it was not measured
 * @param fitSeconds the time that finding the kept weights took: for the closed form its sums over
 *     the samples and its solution, for Adam the choice of positions and its steps; forward passes
 *     and the search of the mask left out
 * @param reason why there is no mask, or why the kept weights were not fitted; null if neither
 * @param otherNames its other names, if several blocks share it
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
     * @return true if so
     */
    public boolean isMasked() {
        return pattern != null;
    }
}
