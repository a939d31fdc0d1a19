package org.djlsparse.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;

import org.jspecify.annotations.Nullable;

/**
 * A weight W, {@code [out, in]}, in the form in which a kernel multiplies by it and by its
 * transpose.
 *
 * <p>Safe for use by several threads. After {@link #close} it still serves the backward passes of
 * graphs that it is part of, and is freed with the last of them.
 */
public final class PackedWeight implements AutoCloseable {

    private final NDManager manager;
    private final NDArray p;
    private final NDArray q;
    private final NDArray transposedP;
    private final NDArray transposedQ;
    private final NDArray like;
    private boolean closed;
    private int users = 1;

    /**
     * Packs a weight.
     *
     * @param owner owns the packed form
     * @param weight the masked weight
     * @param forward what the operators call the kernel of the forward product
     * @param inputGradient the same for the gradient of the input
     * @param type PyTorch's number of the type to compute in
     * @param forwardAlgorithm the number of the algorithm of the forward product
     * @param inputGradientAlgorithm the same for the gradient of the input
     */
    PackedWeight(
            NDManager owner,
            NDArray weight,
            String forward,
            String inputGradient,
            int type,
            long forwardAlgorithm,
            long inputGradientAlgorithm) {
        manager = owner.newSubManager(weight.getDevice());
        NDList packed;
        try {
            packed =
                    LinearOps.module()
                            .call(
                                    manager,
                                    "pack_for",
                                    weight,
                                    forward,
                                    inputGradient,
                                    type,
                                    forwardAlgorithm,
                                    inputGradientAlgorithm);
        } catch (RuntimeException e) {
            manager.close();
            throw e;
        }
        NDScope.unregister(packed); // they stay when the scope of a forward pass ends
        p = packed.get(0);
        q = packed.get(1);
        transposedP = packed.get(2);
        transposedQ = packed.get(3);
        like = packed.get(4);
    }

    /**
     * Returns {@code x W^T + bias}, without gradients; {@link LinearFunction} is for those.
     *
     * @param x the input, {@code [.., in]}
     * @param bias the bias, {@code [out]}, or null
     * @return the product, {@code [.., out]}, of the input's type and attached to its manager
     */
    public NDArray multiply(NDArray x, @Nullable NDArray bias) {
        return LinearOps.module()
                .callWithGradients("predict", x, bias == null ? like : bias, p, q)
                .singletonOrThrow();
    }

    /**
     * Returns {@code dY W}, the gradient of the input.
     *
     * @param gradient the gradient of the product, {@code [.., out]}
     * @return the gradient of the input, {@code [.., in]}, of the other gradient's type and
     *     attached to its manager
     */
    public NDArray inputGradient(NDArray gradient) {
        return LinearOps.module()
                .callWithGradients("input_gradient", gradient, transposedP, transposedQ)
                .singletonOrThrow();
    }

    /** {@code x W^T + bias} as a node of the graph: see {@code tie} in the operators. */
    NDList tie(NDArray x, NDArray weight, @Nullable NDArray bias) {
        return LinearOps.module()
                .callWithGradients("tie", x, weight, bias == null ? like : bias, p, q);
    }

    /** The gradients of input and weight. */
    NDList gradients(NDArray gradient, NDArray rows) {
        return LinearOps.module()
                .callWithGradients("gradients", gradient, transposedP, transposedQ, rows, like);
    }

    /** The gradient of the weight alone. */
    NDArray weightGradient(NDArray gradient, NDArray rows) {
        return LinearOps.module()
                .callWithGradients("weight_gradient", gradient, rows, like)
                .singletonOrThrow();
    }

    /** The number of the fastest algorithm for the product with these rows. */
    long searchForward(NDArray rows) {
        return LinearOps.module().callForInt("cslt_search", rows, p);
    }

    /** The number of the fastest algorithm for the gradient of the input. */
    long searchInputGradient(NDArray gradient) {
        return LinearOps.module().callForInt("cslt_search", gradient, transposedP);
    }

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
            manager.close();
        }
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            release();
        }
    }
}
