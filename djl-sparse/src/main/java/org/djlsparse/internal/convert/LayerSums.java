package org.djlsparse.internal.convert;

import org.djlsparse.internal.torch.NormalSums;

import java.io.Serializable;

/** The sums of a layer over some samples, and the time that they took. Not thread-safe. */
public final class LayerSums implements Serializable {

    private static final long serialVersionUID = 1;

    private final NormalSums sums;
    private long nanos;

    /**
     * Creates sums.
     *
     * @param sums the sums
     * @param nanos the time in nanoseconds
     */
    public LayerSums(NormalSums sums, long nanos) {
        this.sums = sums;
        this.nanos = nanos;
    }

    /**
     * Adds the sums over other samples.
     *
     * @param other the other sums, of the same layer
     */
    public void add(LayerSums other) {
        sums.add(other.sums);
        nanos += other.nanos;
    }

    /**
     * Returns the sums.
     *
     * @return the sums
     */
    public NormalSums getSums() {
        return sums;
    }

    /**
     * Returns the time of all machines together.
     *
     * @return the time in nanoseconds
     */
    public long getNanos() {
        return nanos;
    }
}
