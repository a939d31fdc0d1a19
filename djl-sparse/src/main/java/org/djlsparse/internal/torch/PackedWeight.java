package org.djlsparse.internal.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;

import org.djlsparse.kernel.LinearKernel;
import org.jspecify.annotations.Nullable;

/**
 * A weight W, {@code [out, in]}, in the form that a kernel uses to multiply by it and by its
 * transpose.
 *
 * <p>Thread-safe. After {@link #close}, it still serves the backward passes of graphs that it is
 * part of, and is freed with the last of these.
 */
public abstract class PackedWeight implements AutoCloseable {

    private boolean closed;
    private int users = 1;

    PackedWeight() {}

    /**
     * Returns {@code x W^T + bias}, without gradients; {@link LinearFunction} provides these.
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
     * @return the gradient of the input, {@code [.., in]}, of the same type as {@code gradient} and
     *     attached to its manager
     */
    public abstract NDArray inputGradient(NDArray gradient, Shape input);

    /**
     * Returns whether products take the layer's own input and weight, masked or not. Otherwise they
     * take rows and the masked weight as a matrix.
     */
    abstract boolean takesLayer();

    /**
     * Returns whether the product's outputs are the second dimension, as in images, instead of the
     * last.
     */
    abstract boolean hasChannelsFirst();

    /**
     * Returns whether {@link LinearFunction} expects the weight without its mask, which then
     * receives the gradient that autograd would derive from the masked weight's.
     *
     * @return {@code true} if it does; {@code false} if it expects the masked weight
     */
    public abstract boolean takesDense();

    /** Returns {@code x W^T} as a node of the graph; see {@code tie} in {@code linear_ops.py}. */
    abstract NDList tie(NDArray x, NDArray weight);

    /**
     * Adds the bias to a tied product, in another node; see {@code finish} in {@code
     * linear_ops.py}.
     */
    abstract NDArray finish(NDArray y, @Nullable NDArray bias, NDArray x);

    /**
     * Returns the gradients of input and weight, from the second array that {@link #tie} returned.
     */
    abstract NDList gradients(NDArray gradient, NDArray x);

    /**
     * Returns {@code dY^T x}, the gradient of the weight. For pruned entries it is zero if the
     * weight was packed so by {@link LinearKernel#cpuSparse()}; otherwise they are treated as all
     * other entries.
     *
     * @param gradient the gradient of the product, {@code [rows, out]}
     * @param x the input, {@code [rows, in]}
     * @return the gradient of the weight, {@code [out, in]}, of the weight's type and attached to
     *     the manager of {@code gradient}
     */
    public abstract NDArray weightGradient(NDArray gradient, NDArray x);

    /** Frees the packed form. */
    abstract void free();

    /**
     * Retains the packed form for one more user, who must call {@link #release}.
     *
     * @throws IllegalStateException if it has no users any more and has been freed
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

    /** Returns whether nobody but its owner uses it. */
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
