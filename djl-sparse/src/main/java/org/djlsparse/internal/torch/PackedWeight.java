package org.djlsparse.internal.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;

import org.djlsparse.kernel.LinearKernel;
import org.jspecify.annotations.Nullable;

/**
 * A weight W, {@code [out, in]}, in the form in which a kernel multiplies by it and by its
 * transpose.
 *
 * <p>Safe for use by several threads. After {@link #close} it still serves the backward passes of
 * graphs that it is part of, and is freed with the last of them.
 */
public abstract class PackedWeight implements AutoCloseable {

    private boolean closed;
    private int users = 1;

    PackedWeight() {}

    /**
     * Returns {@code x W^T + bias}, without gradients; {@link LinearFunction} is for those.
     *
     * @param x the input, {@code [.., in]}
     * @param bias the bias, {@code [out]}, or null
     * @return the product, {@code [.., out]}, of the input's type and attached to its manager
     */
    public abstract NDArray multiply(NDArray x, @Nullable NDArray bias);

    /**
     * Returns {@code dY W}, the gradient of the input.
     *
     * @param gradient the gradient of the product, {@code [.., out]}
     * @param input the shape of the input
     * @return the gradient of the input, {@code [.., in]}, of the other gradient's type and
     *     attached to its manager
     */
    public abstract NDArray inputGradient(NDArray gradient, Shape input);

    /**
     * Returns whether the layer's own input and weight are what products take, masked or not; if
     * not, they take rows and the masked weight as a matrix.
     */
    abstract boolean takesLayer();

    /**
     * Returns whether {@link LinearFunction} is to be given the weight without its mask, which gets
     * the gradient that the masked weight's would become.
     *
     * @return true if so; false if it is to be given the masked weight
     */
    public abstract boolean takesDense();

    /** {@code x W^T} as a node of the graph: see {@code tie} in the operators. */
    abstract NDList tie(NDArray x, NDArray weight);

    /** Adds the bias to a tied product, in another node: see {@code finish} in the operators. */
    abstract NDArray finish(NDArray y, @Nullable NDArray bias, NDArray x);

    /** The gradients of input and weight, from the second array that {@link #tie} returned. */
    abstract NDList gradients(NDArray gradient, NDArray x);

    /**
     * Returns {@code dY^T x}, the gradient of the weight: at entries that the mask prunes it is
     * zero if the weight was packed by {@link LinearKernel#cpuSparse()} so, and as at others if
     * not.
     *
     * @param gradient the gradient of the product, {@code [rows, out]}
     * @param x the input, {@code [rows, in]}
     * @return the gradient of the weight, {@code [out, in]}, of the weight's type and attached to
     *     the other gradient's manager
     */
    public abstract NDArray weightGradient(NDArray gradient, NDArray x);

    /** Frees what was packed. */
    abstract void free();

    /**
     * Keeps the packed form for one more user, who calls {@link #release} in the end.
     *
     * @throws IllegalStateException if nobody uses it any more, so that it is freed
     */
    public synchronized void retain() {
        if (users == 0) {
            throw new IllegalStateException("packed weight: is closed");
        }
        users++;
    }

    /** Ends one use; the last one frees the packed form. */
    public synchronized void release() {
        users--;
        if (users == 0) {
            free();
        }
    }

    /** Whether only its owner uses it. */
    synchronized boolean isIdle() {
        return users == (closed ? 0 : 1);
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            release();
        }
    }
}
