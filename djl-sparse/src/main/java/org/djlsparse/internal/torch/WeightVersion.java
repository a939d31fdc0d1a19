package org.djlsparse.internal.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;

/**
 * The state of a weight at some time, by PyTorch's own count of changes in place: what an optimizer
 * does, and any other operation that writes into an array. Costs a call into PyTorch, whatever the
 * weight's size.
 */
public final class WeightVersion implements AutoCloseable {

    // Keeps the weight's memory, so that no other array can take its place.
    private final NDArray alias;
    private final long version;

    private WeightVersion(NDArray alias, long version) {
        this.alias = alias;
        this.version = version;
    }

    /**
     * Remembers the state of a weight.
     *
     * @param weight the weight
     * @param manager what owns this object, until it is closed
     * @return the version
     */
    public static WeightVersion of(NDArray weight, NDManager manager) {
        NDArray alias = weight.stopGradient();
        NDScope.unregister(alias);
        alias.attach(manager);
        return new WeightVersion(alias, read(weight, alias));
    }

    /**
     * Returns whether a weight is the one remembered, and has not changed since.
     *
     * @param weight the weight, on any device
     * @return true if so
     */
    public boolean isCurrent(NDArray weight) {
        return version >= 0 && version == read(weight, alias);
    }

    private static long read(NDArray weight, NDArray alias) {
        return LinearOps.module().callForInt("version", weight, alias);
    }

    @Override
    public void close() {
        alias.close();
    }
}
