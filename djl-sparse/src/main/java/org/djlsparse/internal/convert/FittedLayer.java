package org.djlsparse.internal.convert;

import org.jspecify.annotations.Nullable;

import java.io.Serializable;

/** The result of a layer's fit, as it is sent from one machine to another. Immutable. */
public final class FittedLayer implements Serializable {

    private static final long serialVersionUID = 1;

    private final byte[] weight;
    private final byte @Nullable [] bias;
    private final double density;
    private final double keptMagnitude;
    private final double errorBefore;
    private final double errorAfter;
    private final long nanos;

    /**
     * Creates a result.
     *
     * @param weight the new weight, as {@code NDArray.encode()} returns it
     * @param bias the new bias, likewise; null if it did not change
     * @param density the kept fraction of the entries
     * @param keptMagnitude the kept fraction of the dense weight's magnitude
     * @param errorBefore the error with the magnitude mask only
     * @param errorAfter the error with the new values
     * @param nanos the time of the fit in nanoseconds, with that of the sums
     */
    public FittedLayer(
            byte[] weight,
            byte @Nullable [] bias,
            double density,
            double keptMagnitude,
            double errorBefore,
            double errorAfter,
            long nanos) {
        this.weight = weight;
        this.bias = bias;
        this.density = density;
        this.keptMagnitude = keptMagnitude;
        this.errorBefore = errorBefore;
        this.errorAfter = errorAfter;
        this.nanos = nanos;
    }

    /**
     * Returns the new weight.
     *
     * @return the weight, as {@code NDArray.encode()} returns it; not a copy
     */
    public byte[] getWeight() {
        return weight;
    }

    /**
     * Returns the new bias.
     *
     * @return the bias, as {@code NDArray.encode()} returns it, not a copy; null if it did not
     *     change
     */
    public byte @Nullable [] getBias() {
        return bias;
    }

    /**
     * Returns the kept fraction of the entries.
     *
     * @return the fraction, from 0 to 1
     */
    public double getDensity() {
        return density;
    }

    /**
     * Returns the kept fraction of the dense weight's magnitude.
     *
     * @return the fraction, from 0 to 1
     */
    public double getKeptMagnitude() {
        return keptMagnitude;
    }

    /**
     * Returns the error with the magnitude mask only.
     *
     * @return the relative error
     */
    public double getErrorBefore() {
        return errorBefore;
    }

    /**
     * Returns the error with the new values.
     *
     * @return the relative error
     */
    public double getErrorAfter() {
        return errorAfter;
    }

    /**
     * Returns the time of the fit, with that of the sums.
     *
     * @return the time in nanoseconds
     */
    public long getNanos() {
        return nanos;
    }
}
