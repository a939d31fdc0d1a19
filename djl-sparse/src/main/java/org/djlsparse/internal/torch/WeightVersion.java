package org.djlsparse.internal.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;

/**
 * The state of a weight at some time, according to PyTorch's counter of in-place changes, which
 * covers optimizers and any other operation that writes into an array. Each check costs one call
 * into PyTorch, whatever the weight's size.
 */
public final class WeightVersion implements AutoCloseable {

    // Keeps the weight's memory alive, so that no other array can take its place.
    private final NDArray alias;
    private final long version;

    private WeightVersion(NDArray alias, long version) {
        this.alias = alias;
        this.version = version;
    }

    /**
     * Records the state of a weight.
     *
     * @param weight the weight
     * @param manager the manager that owns this object until it is closed
     * @return the version
     */
    public static WeightVersion of(NDArray weight, NDManager manager) {
        NDArray alias = weight.stopGradient();
        NDScope.unregister(alias);
        alias.attach(manager);
        return new WeightVersion(alias, read(weight, alias));
    }

    /**
     * Returns whether a weight is the recorded one and has not changed since.
     *
     * @param weight the weight, on any device
     * @return {@code true} if it is unchanged
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
